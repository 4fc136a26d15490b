"""datalab, the sample and data manager of materials chemistry groups (datalab-org)."""
