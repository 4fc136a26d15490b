"""Joins the library of pretrained models with tables, structures and descriptors."""
