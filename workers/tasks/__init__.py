"""Tasks: the table of those that come with actsearch, the loader of all, and what looks for faults."""

from .check import Report, check_task
from .load import TASKS, load_task

__all__ = ["TASKS", "Report", "check_task", "load_task"]
