"""Inverse design: generators, search, planners and models, joined."""
