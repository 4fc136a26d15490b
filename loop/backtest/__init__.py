"""What the loop found against what guessing would have found."""
