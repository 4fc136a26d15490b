"""Contract suites and strategies, shipped for plug-in authors."""
