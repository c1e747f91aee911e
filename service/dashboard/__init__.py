"""The dashboard: pages that a person looks at, rendered here; most of it needs no JavaScript."""
