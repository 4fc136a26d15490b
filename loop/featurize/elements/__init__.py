"""The elements: a committed table of their properties, and the script that makes it."""
