"""The command line `actsearch`."""

from .app import main

__all__ = ["main"]
