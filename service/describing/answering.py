"""`Answering`: what a runner does beside its jobs, for services that cannot load a task: says what it is.

take -> what was told before still holds, or a process that finds it out -> finish
          renew, every few seconds
"""

import threading
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from importlib.util import find_spec
from typing import Any, final

from ...primitives import ActsearchError, LeaseLost, StoreError
from ...storage import Store, open_store
from ...storage.descriptions import LASTS_S, Question
from ..allowed import both
from .child import describing
from .stamps import unchanged

__all__ = ["Answering", "answering"]

LOOK_S = 0.5
"""Seconds between two looks at a database where nobody asks anything."""

TICK_S = 0.2

LIMIT_S = 240.0
"""Seconds that it may take to load a task and to measure how it trains."""


@contextmanager
def answering(home: str, name: str, modules: tuple[str, ...]) -> Generator[None]:
    """For as long as the body runs, in a thread of its own."""
    stopping = threading.Event()
    beside = Answering(home, name, modules)
    thread = threading.Thread(target=beside.serve, args=(stopping,), name=f"{name} answers")
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join()


@final
class Answering:
    """Answers the questions of one database, one after another, in whatever thread calls `serve`."""

    def __init__(
        self,
        home: str,
        name: str,
        modules: tuple[str, ...] = (),
        *,
        lasts_s: float = LASTS_S,
        limit_s: float = LIMIT_S,
    ) -> None:
        """`modules`: Python modules (and what is in them) whose code may run here."""
        self._home, self._name, self._modules = home, name, modules
        self._lasts_s, self._limit_s = lasts_s, limit_s

    def serve(self, stopping: threading.Event) -> None:
        """Until it is told to stop, whatever becomes of the database; then what it has is given back.

        Returns at once where torch is not installed: others have to answer.
        """
        if find_spec("torch") is None:
            return
        while not stopping.is_set():
            with suppress(StoreError), open_store(self._home) as store:
                while not stopping.wait(LOOK_S):
                    question = store.descriptions.take(self._name, self._modules, lasts_s=self._lasts_s)
                    if question is not None:
                        self._answer(store, question, stopping)
            stopping.wait(LOOK_S)

    def _answer(self, store: Store, question: Question, stopping: threading.Event) -> None:
        before = question.before
        if before is not None and "stamps" in before and unchanged(before["stamps"]):
            store.descriptions.finish(question, before, keep=True)
            return
        with suppress(LeaseLost):  # it was too late with it; another is at it
            told = self._found_out(store, question, stopping)
            if told is None:
                return
            store.descriptions.finish(question, _as_before(before, told), keep="info" in told)

    def _found_out(
        self, store: Store, question: Question, stopping: threading.Event
    ) -> Mapping[str, Any] | None:
        """None where the question is another's by now: given back, or lost."""
        job, modules = question.asked["job"], both(question.asked["modules"], self._modules)
        begun = renewed = time.monotonic()
        try:
            with describing(job, self._home, modules) as child:
                while child.ended(TICK_S) is None:
                    now = time.monotonic()
                    if stopping.is_set():
                        store.descriptions.give_back(question)
                        return None
                    if now - begun > self._limit_s:
                        return {"error": f"the task `{job['task']}` did not load within {self._limit_s:g} s"}
                    if now - renewed > question.lasts_s / 3:
                        store.descriptions.renew(question)
                        renewed = now
                told = child.told()
        except StoreError:
            raise
        except ActsearchError as error:
            return {"error": str(error)}
        if told is None:
            store.descriptions.renew(replace(question, lasts_s=0.0))  # over at once, and a loss
        return told


def _as_before(before: Mapping[str, Any] | None, told: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same task is trained as it was first found best, on whichever machine: so the same request finds
    the same job."""
    if before is None or "info" not in before or "info" not in told:
        return told
    if before["info"]["hash"] != told["info"]["hash"]:
        return told
    return {**told, **{name: before[name] for name in ("stacked", "fused", "sentence")}}
