"""The one door: commands, queries, the worker. No arithmetic."""
