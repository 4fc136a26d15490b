"""MADSci, the managers of self-driving laboratories (Argonne National Laboratory)."""
