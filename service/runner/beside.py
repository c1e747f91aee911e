"""`beside`: a runner in a thread of its own, for as long as something else serves."""

import threading
from collections.abc import Generator
from contextlib import contextmanager

from .runner import STOP_S, Runner

__all__ = ["beside"]


@contextmanager
def beside(runner: Runner) -> Generator[None]:
    """The runner serves while the body runs; after it, the job that runs is given back."""
    thread = threading.Thread(target=runner.serve, name=runner.name)
    thread.start()
    try:
        yield
    finally:
        runner.stop()
        thread.join(2 * STOP_S)
