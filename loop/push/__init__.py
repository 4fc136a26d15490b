"""The door for what pushes: results of instruments and programs, and bells of lab systems."""
