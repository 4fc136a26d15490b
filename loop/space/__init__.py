"""Candidate pools: reading, canonical chemistry, constraints, duplicates."""
