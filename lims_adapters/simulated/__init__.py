"""A lab that answers from a table."""
