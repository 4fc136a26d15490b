"""Candidates to numbers."""
