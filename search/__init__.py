"""What to try next, and whether it is any better: jobs, samplers, the search, its confirmation.

Names load when they are asked for, so that `Job` is there without torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .board import Board, read_board
    from .comparison import Comparison, compare
    from .job import Job
    from .opening import pool_of, seems_done
    from .optuna_import import ReadStudy, read_study
    from .optuna_study import WrittenStudy, write_study
    from .plan import Plan, make_plan
    from .progress import Progress
    from .running import default_home, run, steps
    from .samplers import SAMPLERS
    from .settling import settled
    from .suggestion import suggest

__all__ = [
    "SAMPLERS",
    "Board",
    "Comparison",
    "Job",
    "Plan",
    "Progress",
    "ReadStudy",
    "WrittenStudy",
    "compare",
    "default_home",
    "make_plan",
    "pool_of",
    "read_board",
    "read_study",
    "run",
    "seems_done",
    "settled",
    "steps",
    "suggest",
    "write_study",
]

_HOMES = {
    "SAMPLERS": "samplers",
    "Board": "board",
    "Comparison": "comparison",
    "Job": "job",
    "Plan": "plan",
    "Progress": "progress",
    "ReadStudy": "optuna_import",
    "WrittenStudy": "optuna_study",
    "compare": "comparison",
    "default_home": "running",
    "make_plan": "plan",
    "pool_of": "opening",
    "read_board": "board",
    "read_study": "optuna_import",
    "run": "running",
    "seems_done": "opening",
    "settled": "settling",
    "steps": "running",
    "suggest": "suggestion",
    "write_study": "optuna_study",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted(__all__)
