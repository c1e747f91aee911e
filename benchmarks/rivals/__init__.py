"""What the claims are measured against, written as a good engineer would write it."""
