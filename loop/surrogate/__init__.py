"""Data to posterior: the only place that fits the target."""
