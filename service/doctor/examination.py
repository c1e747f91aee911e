"""`examine`: looks at everything a search or a service needs, all at once and never for long."""

import threading
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType

from ...primitives import ActsearchError
from . import machine, surroundings
from .finding import STATES, Finding, State

__all__ = ["CHECKS", "LIMIT_S", "examine", "worst"]

LIMIT_S = 15.0
"""Seconds after which a look that has not ended is a finding itself; a database's own limit is 10."""

CHECKS: Mapping[str, Callable[[str], Finding]] = MappingProxyType(
    {
        "cpu": machine.look_at_cpu,
        "memory": machine.look_at_memory,
        "disk": machine.look_at_disk,
        "limits": machine.look_at_limits,
        "torch": machine.look_at_torch,
        "gpu": machine.look_at_gpu,
        "kernel": machine.look_at_kernel,
        "database": surroundings.look_at_database,
        "ray": surroundings.look_at_ray,
        "mlflow": surroundings.look_at_mlflow,
    }
)
"""What is looked at, given the data folder or database URL."""


def examine(
    home: str, checks: Mapping[str, Callable[[str], Finding]] = CHECKS, limit_s: float = LIMIT_S
) -> list[Finding]:
    """One finding a check, in the order of the table, after `limit_s` seconds at the latest."""
    found: dict[str, Finding] = {}

    def look(name: str, check: Callable[[str], Finding]) -> None:
        try:
            found[name] = check(home)
        except ActsearchError as error:
            found[name] = Finding(name, "bad", str(error))
        except Exception as error:  # the others are told all the same
            words = " ".join(str(error).split())[:300]
            found[name] = Finding(name, "bad", f"the look itself failed: {type(error).__name__}: {words}")

    # Not a pool of threads, whose end would wait for an address that does not answer.
    threads = [threading.Thread(target=look, args=one, daemon=True) for one in checks.items()]
    end = time.monotonic() + limit_s
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))
    known = dict(found)
    return [known.get(name) or _silent(name, limit_s) for name in checks]


def worst(findings: list[Finding]) -> State:
    """The state of all together."""
    return STATES[max((STATES.index(one.state) for one in findings), default=0)]


def _silent(name: str, limit_s: float) -> Finding:
    return Finding(
        name,
        "bad",
        f"does not answer within {limit_s:g} s",
        "look whether it runs and its address is right, or whether this machine is too busy",
    )
