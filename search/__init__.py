"""What to try next, and whether it is any better: jobs, samplers, the search, its confirmation.

Names load when they are asked for, so that `Job` is there without torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .board import Board, read_board
    from .comparison import Comparison, compare
    from .job import Job
    from .plan import Plan, make_plan
    from .progress import Progress
    from .running import default_home, run, steps
    from .samplers import SAMPLERS

__all__ = [
    "SAMPLERS",
    "Board",
    "Comparison",
    "Job",
    "Plan",
    "Progress",
    "compare",
    "default_home",
    "make_plan",
    "read_board",
    "run",
    "steps",
]

_HOMES = {
    "SAMPLERS": "samplers",
    "Board": "board",
    "Comparison": "comparison",
    "Job": "job",
    "Plan": "plan",
    "Progress": "progress",
    "compare": "comparison",
    "default_home": "running",
    "make_plan": "plan",
    "read_board": "board",
    "run": "running",
    "steps": "running",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted(__all__)
