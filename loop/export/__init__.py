"""A campaign as files that other systems read."""
