"""The library of pretrained models of data-rich properties: recipes, training, cards, look-up.

The models in `shipped` are made from the tables of the installed packages, to the last bit on one
machine, by `synthloop sources build --out loop/sources/shipped`.
"""
