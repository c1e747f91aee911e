"""`PAGES`: every reference page by its file, each made by one function."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from .commands import commands
from .grammars import grammars
from .job import job
from .operators import operators
from .tasks import tasks
from .work import executors, samplers
from .zoo import zoo

__all__ = ["PAGES"]

PAGES: Mapping[str, Callable[[], str]] = MappingProxyType(
    {
        "operators.md": operators,
        "zoo.md": zoo,
        "grammars.md": grammars,
        "tasks.md": tasks,
        "samplers.md": samplers,
        "executors.md": executors,
        "job.md": job,
        "commands.md": commands,
    }
)
