"""How likely a candidate can be made, and by which route."""
