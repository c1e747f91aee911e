"""The process of one worker: takes populations from its standard input, gives back evaluations.

    parent                                  worker
      │ <───────────────────────── Ready ────  │  torch and the tasks are imported
      │ ──── [lane, lane, ...] ──────────────> │
      │ <───────────────────────── Begun ────  │  the task is loaded; clocks start
      │ <──────────────────── Evaluation ────  │  one a lane, as soon as it is known
      │ <───────────── Done (or Refused) ────  │  Refused carries what the caller got wrong

Messages are pickles, one after another. What a task prints goes to standard error, which the parent
keeps for its messages. The worker ends when its parent does, and heeds no Ctrl-C.
"""

import os
import pickle
import signal
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from queue import SimpleQueue
from typing import IO, TypeAlias

import psutil

from ...primitives import ActsearchError, Evaluation, Lane, TaskError

__all__ = ["Begun", "Done", "Ended", "Message", "Ready", "Refused", "main", "take_standard_streams"]


@dataclass(frozen=True, slots=True)
class Ready:
    """The worker can train."""


@dataclass(frozen=True, slots=True)
class Begun:
    """The task of the population is loaded and its first lane runs."""


@dataclass(frozen=True, slots=True)
class Done:
    """Nothing of the population is left."""

    held_bytes: int
    """Resident memory of the worker, now that it has nothing to do."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The rest of the population is not trained, and it is the caller's affair."""

    error: ActsearchError


@dataclass(frozen=True, slots=True)
class Ended:
    """The worker is gone, which its parent says for it."""

    how: str
    """A clause with its last words: `by signal 9`, `with exit status 3: no such library`."""
    traced: bool = True
    """It was this process that ended; else what it ran on was lost, for which no lane is to blame."""


Message: TypeAlias = Ready | Begun | Evaluation | Done | Refused | Ended


def main(device: str) -> None:
    """Serves until standard input ends or the parent is gone. `device` is one of torch: `cpu`, `cuda`."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    requests, answers = take_standard_streams()
    populations: SimpleQueue[list[Lane]] = SimpleQueue()
    threading.Thread(target=_receive, args=(requests, populations), daemon=True).start()
    threading.Thread(target=_watch_parent, args=(os.getppid(),), daemon=True).start()

    from ..tasks import load_task
    from ..training import check_device, train

    check_device(device)
    own = psutil.Process()

    def send(message: Message) -> None:
        pickle.dump(message, answers)
        answers.flush()

    def serve(lanes: Sequence[Lane]) -> Message:
        try:
            task = load_task(lanes[0].task)
            send(Begun())
            for evaluation in train(task, lanes, device):
                send(evaluation)
        except ActsearchError as error:
            return Refused(_that_travels(error))
        return Done(own.memory_info().rss)

    send(Ready())
    while True:
        send(serve(populations.get()))


def take_standard_streams() -> tuple[IO[bytes], IO[bytes]]:
    """Standard input and output for messages alone; whoever prints reaches standard error."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(2, 1)
    return requests, answers


def _receive(requests: IO[bytes], populations: "SimpleQueue[list[Lane]]") -> None:
    try:
        while True:
            populations.put(pickle.load(requests))
    except (EOFError, OSError):
        os._exit(0)  # the parent is gone; whatever the main thread does is in vain


def _watch_parent(parent: int) -> None:
    """The input of a worker stays open where the parent had forked: so its own life is watched too."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(0)


def _that_travels(error: ActsearchError) -> ActsearchError:
    """An error of a user's own class may not survive pickling; its words do."""
    try:
        copy = pickle.loads(pickle.dumps(error))
        return copy if isinstance(copy, ActsearchError) else TaskError(str(error))
    except Exception:
        return TaskError(str(error))
