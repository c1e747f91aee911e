"""`forked_generator`, `for_itself`: torch's generator and threads belong to the process; one at a time."""

import threading
from collections.abc import Generator
from contextlib import contextmanager

import torch

__all__ = ["for_itself", "forked_generator"]

_ALONE = threading.RLock()


@contextmanager
def forked_generator() -> Generator[None]:
    """Runs the body with torch's global generator for itself, which is on return what it was.

    Two jobs that train in threads of one process, as in a notebook, would else draw their initial
    weights from one stream, and store numbers that no other run repeats.
    """
    with _ALONE, torch.random.fork_rng(devices=[]):
        yield


@contextmanager
def for_itself() -> Generator[None]:
    """The same to train in: with one thread, and gradients."""
    with forked_generator(), torch.enable_grad():
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(threads)
