"""One file a step, each run once, in the order of their revisions."""
