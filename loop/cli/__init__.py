"""The command line: arguments in, service call, text or JSON out."""
