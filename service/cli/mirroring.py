"""A job with its mirror: the sender starts before it, and after it one sentence says how far it came."""

import shlex
from collections.abc import Generator
from contextlib import contextmanager

from rich.console import Console

from ...primitives import UnknownName
from ...storage import open_store, shown_home
from ..mirror import MirrorState, Place, Sender, mirror_state, place
from .home import DEFAULT_HOME

__all__ = ["mirrored"]

_SOON_S = 2.0
"""Seconds for a sender whose server did not take the last thing either."""


@contextmanager
def mirrored(say: Console, asked: str | None, home: str, job_id: str) -> Generator[None]:
    """The body runs and shows the job; nothing that befalls the mirror befalls the job.

    Raises `MirrorError` before the body where `asked` is no address.
    """
    where = place(home, asked)
    if where is None:
        yield
        return
    before = _state(where, home, job_id)
    if before is not None and before.state == "done" and before.lacking == 0:
        yield
        say.print(f"In MLflow: {where.look}", soft_wrap=True)
        return
    with Sender(where, home, job_id) as sender:
        yield
        middle = _state(where, home, job_id)
        try:
            sent = sender.finish(_SOON_S) if middle is not None and middle.trouble else sender.finish()
        except KeyboardInterrupt:  # the job has ended well: the wait alone is stopped
            sent = False
    after = _state(where, home, job_id)
    if after is not None and after.lacking:
        trouble = after.trouble or "there was too little time"
        say.print(f"The mirror is behind: {trouble}. {_catch_up(asked, home)} catches up.", soft_wrap=True)
    elif after is not None and after.deleted:
        say.print("The job was deleted in MLflow and is left alone there.", soft_wrap=True)
    elif sent:
        say.print(f"In MLflow: {where.look}", soft_wrap=True)


def _state(where: Place, home: str, job_id: str) -> MirrorState | None:
    """How far the mirror is; None for a job that is not stored."""
    with open_store(home) as store:
        try:
            return mirror_state(store, where, home, job_id)
        except UnknownName:
            return None


def _catch_up(asked: str | None, home: str) -> str:
    words = ["mirror", *(["--mlflow", asked] if asked else []), *_home(home)]
    return f"`actsearch {shlex.join(words)}`"


def _home(home: str) -> list[str]:
    return [] if home == DEFAULT_HOME else ["--home", shown_home(home)]
