"""`trials`: the candidates of a job, one after another, for a training loop of one's own.

with Client("http://127.0.0.1:8050") as service:
    for trial in trials(service.work(), "5f2a9c01d3e4"):
        net = make_net(trial.module)  # trial.module(width) is a torch module
        for epoch in range(1, trial.epochs + 1):
            score = train_and_validate(net, lr=trial.settings["lr"], seed=trial.seed)
            if not trial.report(score, epoch):
                break
        else:
            trial.tell(score)
"""

import os
import socket
import time
import uuid
from collections.abc import Generator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal, final

from ...primitives import ActsearchError, JobError, parse, standardised
from ...primitives.source import HEADER, source
from ..http.work_models import Ask, GivenBack, Reported, Reports, Result, Results, Ticket
from .work import Work, request

if TYPE_CHECKING:
    from torch import nn

__all__ = ["LASTS_S", "LOOK_S", "Trial", "program_name", "trials"]

LASTS_S = 300.0
"""Seconds between two reports after which a candidate goes to another program."""

LOOK_S = 2.0
"""Seconds until somebody who got nothing asks again."""


def program_name() -> str:
    """Tells programs apart, also those of one machine: host, process, and eight digits."""
    return f"{socket.gethostname()[:100]}-{os.getpid()}-{uuid.uuid4().hex[:8]}"


@final
class Trial:
    """One training to do: a function with its settings and its seed."""

    def __init__(self, work: Work, ticket: Ticket) -> None:
        self._work, self.ticket = work, ticket
        self.ended = False
        """Told, given back, or no longer this program's."""
        self.why = ""
        """Why `report` said to stop."""

    @property
    def key(self) -> str:
        return self.ticket.key

    @property
    def text(self) -> str:
        """The function, before it is standardised."""
        return self.ticket.text

    @property
    def settings(self) -> Mapping[str, float]:
        """What is tuned: learning rate, ..."""
        return self.ticket.settings

    @property
    def seed(self) -> int:
        return int(self.ticket.seed)

    @property
    def epochs(self) -> int:
        return self.ticket.epochs

    @property
    def split(self) -> Literal["validation", "test"]:
        """On which the score is to be measured: `test` in confirmation."""
        return self.ticket.split

    @property
    def source(self) -> str:
        """A file with the class `Activation`, which needs nothing but torch. It is made here, from the text:
        no code comes from the service."""
        expr = parse(self.text)
        return f"{HEADER}\n\n{source(standardised(expr) if self.ticket.protocol['standardise'] else expr)}"

    def module(self, width: int | tuple[int, ...] = 1) -> "nn.Module":
        """A fresh module for one site; `width` is its number of channels, or its shape without the batch."""
        from ...primitives.module import module  # torch

        expr = parse(self.text)
        return module(standardised(expr) if self.ticket.protocol["standardise"] else expr, width)

    def report(self, score: float | None = None, epoch: int | None = None) -> bool:
        """Keeps the candidate for another while; whether to go on with it."""
        reported = request(Reported, id=self.ticket.id, epoch=epoch, score=score)
        (answer,) = self._work.report(Reports(reports=[reported])).answers
        self.why = answer.why
        return answer.word == "continue"

    def tell(self, score: float, **metrics: float) -> None:
        """What came of it: the score after the last epoch on `split`, larger is better.

        Raises `LeaseLost` where another program has it by now, `ActsearchError` for a score that is not
        finite: that is `diverged`.
        """
        self._tell(outcome="ok", score=score, metrics=metrics)

    def diverged(self, sentence: str = "the loss ceased to be finite") -> None:
        """It has no score, and counts as chance."""
        self._tell(outcome="diverged", sentence=sentence)

    def failed(self, sentence: str) -> None:
        """The function cannot be trained here, and nobody is to try again."""
        self._tell(outcome="broken", sentence=sentence)

    def give_back(self) -> None:
        """Another program may have it at once."""
        self._work.give_back(GivenBack(tickets=[self.ticket.id]))
        self.ended = True

    def _tell(self, **fields: Any) -> None:
        result = request(Result, id=self.ticket.id, **fields)
        self.ended = True
        self._work.tell(Results(results=[result]))


def trials(
    work: Work, job: str, *, owner: str | None = None, lasts_s: float = LASTS_S, wait: bool = True
) -> Generator[Trial]:
    """The candidates of a job, each this program's alone, until the job is over; without `wait` until none is
    left for now. One that is left without a result, by `break` or by an error, is given back.

    Raises `JobError` where a result is forgotten.
    """
    owner = owner or program_name()
    asked = request(Ask, job=job, owner=owner, lasts_s=lasts_s, source=False)
    while True:
        given = work.ask(asked)
        if given.state == "over" or (given.state == "wait" and not wait):
            return
        if given.state == "wait":
            time.sleep(LOOK_S)
        for trial in (Trial(work, ticket) for ticket in given.tickets):
            try:
                yield trial
            finally:
                left = not trial.ended
                if left:
                    with suppress(ActsearchError):  # it goes to another in a while anyway
                        trial.give_back()
            if left and not trial.why:
                raise JobError(
                    f"nothing was told of `{trial.text}`; end each trial with `tell` or `give_back`"
                )
