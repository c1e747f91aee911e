"""The sender: a process of low priority that mirrors one job while it runs, and ends soon after it.

    python -m actsearch.service.mirror JOB

It takes the data folder and the address from the environment (others may read the words of a command, and a
URL may hold a password), and turns with other senders of the same store. It reads
its standard input: the word `end` says that the job has ended, the end of the input that the job's
process has. Then it sends what is left, and stops when that is done or the server does not take it.
"""

import os
import select
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from hashlib import sha256
from typing import TYPE_CHECKING, final

from ...primitives import ActsearchError, JobError, MirrorError, UnknownName
from ...search.lock import job_lock
from ...storage import Store, open_store
from .setting import Place, place

if TYPE_CHECKING:
    from ...storage.mlflow import Tracking

__all__ = ["LAST_S", "lock_name", "main"]

EVERY_S = 2.0
"""Seconds between two looks at the store; longer where a look takes long."""

AGAIN_S, AGAIN_AT_MOST_S = 2.0, 60.0
"""Seconds until a server that did not take something is asked again; doubled each time."""

LAST_S = 60
"""Seconds after which a sender whose job has ended stops, whatever is left."""

_NICE = 10


def lock_name(where: Place) -> str:
    """Of the lock that whoever sends to that server from this store holds meanwhile."""
    return f"mirror-{sha256(where.name.encode()).hexdigest()[:12]}"


def main(words: list[str]) -> int:
    """0 when all was sent, 1 when something is left."""
    (job_id,) = words
    home = os.environ["ACTSEARCH_HOME"]
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the job, which then says how it ended
    os.nice(_NICE)
    where = place(home, None)
    if where is None:
        return 0
    with closing(open_store(home)) as store:
        try:
            return _Sender(store, where, home, job_id).serve()
        except Exception as error:
            from .outbox import note_trouble

            said = str(error) if isinstance(error, ActsearchError) else f"{type(error).__name__}: {error}"
            note_trouble(store, where, job_id, f"the sender stopped: {said}")
            return 1


@final
class _Sender:
    def __init__(self, store: Store, where: Place, home: str, job_id: str) -> None:
        self._store, self._where, self._home, self._job_id = store, where, home, job_id
        self._ended = self._died = False
        self._tracking: Tracking | None = None
        self._late: Iterator[str] | None = None

    def serve(self) -> int:
        again_s = AGAIN_S
        while True:
            last = self._ended  # what is read from now on is how the job ended
            begun = time.monotonic()
            try:
                mine = self._pass(last)
            except UnknownName:  # the job is about to be stored
                if last:
                    return 0
                self._wait(0.2)
            except ActsearchError:
                if last:
                    return 1
                self._wait(again_s)
                again_s = min(2 * again_s, AGAIN_AT_MOST_S)
            else:
                if not mine:
                    self._wait(0.3)
                    continue
                if last:
                    return 0
                again_s = AGAIN_S
                self._wait(max(EVERY_S, 10 * (time.monotonic() - begun)))

    def _pass(self, last: bool) -> bool:
        """The job; and while it runs, one of those that were left behind by earlier senders.

        False where it is another sender's turn.
        """
        from .outbox import connect, note_trouble, send_jobs

        self._store.jobs.get(self._job_id)
        with ExitStack() as turn:
            try:
                turn.enter_context(job_lock(self._home, lock_name(self._where)))
            except JobError:
                return False
            if self._tracking is None:
                try:
                    self._tracking = connect(self._where)
                except MirrorError as error:
                    note_trouble(self._store, self._where, self._job_id, str(error))
                    raise
            died = self._died
            send_jobs(
                self._store, self._tracking, self._where, self._home, [self._job_id], died=lambda _: died
            )
            if not last:
                if self._late is None:
                    self._late = iter(self._store.mirrored.jobs(self._where.name))
                late = [one for one in (next(self._late, None),) if one is not None]
                send_jobs(self._store, self._tracking, self._where, self._home, late)
        return True

    def _wait(self, seconds: float) -> None:
        """So long, or until the job ends."""
        if self._ended:
            time.sleep(min(seconds, 0.2))
            return
        ready, _, _ = select.select([sys.stdin], [], [], seconds)
        if ready:
            self._died = not sys.stdin.readline().startswith("end")
            self._ended = True
            signal.alarm(LAST_S)
