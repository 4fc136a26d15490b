"""Archives of electronic lab notebooks (`.eln`)."""
