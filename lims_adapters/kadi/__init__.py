"""Kadi4Mat of the Karlsruhe Institute of Technology: records with free metadata, and links."""
