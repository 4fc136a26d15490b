"""What adapters to servers share: the line, its secrets, its faults."""
