"""Models of one table, outside of a campaign: fitted, kept in a folder, asked for predictions."""
