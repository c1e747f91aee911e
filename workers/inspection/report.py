"""`inspect_task`: everything that `FINDINGS` sees in the model of a task, and what to compare."""

import shlex
from dataclasses import dataclass

from ...primitives import ZOO, ActsearchError, TaskError, parse
from ..tasks import load_task
from .findings import FINDINGS, Finding
from .observation import Observed, observe

__all__ = ["Found", "Inspection", "inspect_task"]

USUAL = ("relu", "gelu", "silu")


@dataclass(frozen=True, slots=True)
class Found:
    """A row of `FINDINGS` that applies, with its sentence."""

    finding: Finding
    sentence: str


@dataclass(frozen=True, slots=True)
class Inspection:
    name: str
    """What was asked for."""
    seen: Observed
    found: tuple[Found, ...]

    @property
    def instead(self) -> tuple[str, ...]:
        """What is worth comparing: what stands there, what the findings name, what people use."""
        named = [name for one in self.found for name in one.finding.instead]
        return tuple(dict.fromkeys([self.seen.text, *named, *USUAL]))[:6]

    @property
    def command(self) -> str:
        """The command that compares them."""
        return shlex.join(["actsearch", "compare", *self.instead, "--task", self.name])


def inspect_task(name: str, function: str | None = None, steps: int = 100) -> Inspection:
    """Looks at the model of a task with `function` at its sites, by default its first baseline.

    Raises `TaskError`, `UnknownName` and `ExprError` as `load_task` and `parse` do.
    """
    task = load_task(name)
    chosen = function or task.info.baselines[0].text
    text = ZOO[chosen].text if chosen in ZOO else chosen
    expr = parse(text)
    try:
        seen = observe(task, expr, chosen, steps)
    except ActsearchError:
        raise
    except Exception as error:  # the model and the loss are the user's own
        raise TaskError(
            f"the model of `{name}` cannot be looked at: {type(error).__name__}: {error}"
        ) from error
    found = ((finding, finding.find(seen)) for finding in FINDINGS)
    return Inspection(name, seen, tuple(Found(one, words) for one, words in found if words is not None))
