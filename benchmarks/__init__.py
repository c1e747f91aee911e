"""Every number that is claimed, each by one command; `python -m benchmarks` runs them all."""
