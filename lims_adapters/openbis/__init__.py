"""openBIS of ETH Zurich: samples with typed properties, and measurements as their children."""
