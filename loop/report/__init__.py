"""The report of a campaign: one self-contained page."""
