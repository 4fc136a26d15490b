"""Files as instruments write them, to results: readers of formats and functions of curves.

A floor beneath the adapters, like `transport`: any adapter that is handed files may use it.
"""
