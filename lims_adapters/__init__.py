"""The ways to the lab; adapters see `loop.core` only and are strangers to each other."""
