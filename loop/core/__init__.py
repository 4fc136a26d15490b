"""Words, events, the round machine and the ports. Imports numpy, pydantic and (lazily) pint."""
