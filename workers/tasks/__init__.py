"""Tasks: the table of those that come with actsearch, the loader of all, and what looks for faults."""

from .check import Report, check_task
from .load import TASKS, absolute_name, load_task
from .settings import known_settings

__all__ = ["TASKS", "Report", "absolute_name", "check_task", "known_settings", "load_task"]
