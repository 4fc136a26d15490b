"""The browser face; sees `loop.service` only."""
