"""Public tables by name, read from installed packages."""
