"""SENAITE LIMS: samples with analyses, a workflow, retests, and results as texts."""
