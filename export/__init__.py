"""What you take away: a found function as one file that stands alone."""

from .exporters import EXPORTERS, Exporter, export
from .found import Found

__all__ = ["EXPORTERS", "Exporter", "Found", "export"]
