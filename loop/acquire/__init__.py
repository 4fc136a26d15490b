"""Posterior to batch."""
