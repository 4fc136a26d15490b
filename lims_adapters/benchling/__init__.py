"""Benchling: custom entities with schemas, and assay results that link to them."""
