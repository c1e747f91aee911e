"""Work: programs of people's own ask for candidates, report on them, and tell what came of them."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Response

from ...primitives import LeaseLost
from ..own import working
from .access import Caller, Submitter
from .kept import Kept, Open
from .problems import PROBLEMS, refusal
from .submitting import must_own
from .work_models import Answers, Ask, Given, GivenBack, Reports, Results, TicketId

__all__ = ["router"]

router = APIRouter(
    prefix="/work", tags=["work"], responses=PROBLEMS(400, 401, 403, 404, 409, 413, 421, 422, 429, 503)
)

_TICKET = {
    "job": "5f2a9c01d3e4",
    "address": "0123456789abcdef0123456789abcdef",
    "owner": "laptop-1234",
    "attempt": 1,
    "lasts_s": 300.0,
}


def _examples(**examples: Any) -> Any:
    return Body(openapi_examples={name: {"value": value} for name, value in examples.items()})


@router.post("/ask")
def ask_for_work(
    asked: Annotated[
        Ask,
        _examples(
            one={"job": "5f2a9c01d3e4", "owner": "laptop-1234"},
            many={"task_hash": "0123456789abcdef", "owner": "node-7", "lanes": 32, "measures": True},
        ),
    ],
    kept: Kept,
    caller: Submitter,
) -> Given:
    """Candidates to train, each this program's alone until it is told, is given back, or is not reported on
    for so many seconds. None is given of a job that does not run."""
    if asked.job is not None:
        id = kept.store.jobs.get(asked.job, caller.sees).id
        must_own(caller, id, kept.store.queue.of(id))
    token = None if caller.may("admin") and caller.project is None else caller.token
    return working.ask(kept.store, asked, token=token, sees=caller.sees)


@router.post("/report")
def report_on_work(
    asked: Annotated[Reports, _examples(one={"reports": [{"id": _TICKET, "epoch": 3, "score": -0.25}]})],
    kept: Kept,
    caller: Submitter,
) -> Answers:
    """That candidates are still being trained: each is this program's for another while. `stop` where the
    job is to stop, or where another program has the candidate by now."""
    _must_own_all(kept, caller, [one.id for one in asked.reports])
    return working.report(kept.store, asked)


@router.post("/tell", status_code=204)
def tell_of_work(
    asked: Annotated[
        Results,
        _examples(
            one={"results": [{"id": _TICKET, "outcome": "ok", "score": -0.21}]},
            failed={"results": [{"id": _TICKET, "outcome": "broken", "sentence": "it raised ValueError"}]},
        ),
    ],
    kept: Kept,
    caller: Submitter,
) -> Response:
    """What came of candidates, all of it or nothing; telling the same again changes nothing. 409 where one
    of them is another program's by now: nothing is counted then, and all is kept as evidence."""
    _must_own_all(kept, caller, [one.id for one in asked.results])
    try:
        working.tell(kept.store, asked)
    except LeaseLost as error:
        raise refusal(409, str(error)) from None
    return Response(status_code=204)


@router.post("/give-back", status_code=204)
def give_work_back(
    asked: Annotated[GivenBack, _examples(one={"tickets": [_TICKET]})], kept: Kept, caller: Submitter
) -> Response:
    """Others may have these candidates at once, and nothing is held against them."""
    _must_own_all(kept, caller, asked.tickets)
    working.give_back(kept.store, asked)
    return Response(status_code=204)


def _must_own_all(kept: Open, caller: Caller, tickets: list[TicketId]) -> None:
    for id in {one.job for one in tickets}:
        full = kept.store.jobs.get(id, caller.sees).id
        must_own(caller, full, kept.store.queue.of(full))
