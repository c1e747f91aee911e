"""Tasks: the table of those that come with actsearch, and the loader of all."""

from .load import TASKS, load_task

__all__ = ["TASKS", "load_task"]
