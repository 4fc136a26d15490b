"""The library of pretrained models of data-rich properties: recipes, training, cards, look-up."""
