"""Which Python modules' tasks may be run: those that an operator names, and what is in them."""

import re
from collections.abc import Iterable, Sequence

from ..primitives import ActsearchError, TaskError
from ..workers.task_name import split_name

__all__ = ["allows", "both", "module_of", "must_allow", "must_be_modules"]

_MODULE = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")


def must_be_modules(names: Iterable[str]) -> None:
    """Raises `ActsearchError` for a name that no Python module has."""
    for name in names:
        if not _MODULE.fullmatch(name):
            raise ActsearchError(f"`{name}` is no Python module; `package.module` would do")


def allows(modules: Iterable[str], module: str) -> bool:
    """Whether it is one of them, or in one."""
    return any(module == one or module.startswith(f"{one}.") for one in modules)


def both(some: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    """What two operators both allow."""
    narrower = [one for one in some if allows(others, one)]
    return tuple(dict.fromkeys([*narrower, *(one for one in others if allows(some, one))]))


def module_of(task: str) -> str:
    """The Python module that a task's name names; empty for a file, and for what comes with actsearch."""
    module, colon, _ = split_name(task)[0].partition(":")
    return module if colon and not module.endswith(".py") else ""


def must_allow(modules: Sequence[str], task: str) -> None:
    """Raises `TaskError` where the code of the task's module may not run here."""
    module = module_of(task)
    if module and not allows(modules, module):
        told = f"those of {', '.join(f'`{one}`' for one in modules)}" if modules else "none"
        raise TaskError(
            f"the task `{task}` stands in the Python module `{module}`, and of Python modules this runner "
            f"runs {told}; start one with `--allow-module {module}`, and resume the job"
        )
