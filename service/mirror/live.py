"""How a search went over time, as curves: one point a batch, at the moment when its last training ended."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby

from ...primitives import Address, Lane, Outcome, Proposal, Protocol, TaskInfo
from ...search import Job
from ...storage import JobRecord, Store
from ...storage.moments import stored_at
from ...storage.tracked import Measure, milliseconds

__all__ = ["live_measures", "search_lanes", "search_protocol"]


def search_protocol(job: Job, info: TaskInfo) -> Protocol:
    """How the job trains candidates in its search."""
    return job.protocol(info.search)


def search_lanes(job: Job, info: TaskInfo, one: Proposal) -> list[Lane]:
    """What decided the score of a proposal."""
    protocol = search_protocol(job, info)
    return [
        Lane(one.key, one.text, job.task, info.hash, protocol, info.default, seed)
        for seed in range(job.seeds)
    ]


def live_measures(
    record: JobRecord, job: Job, proposals: Sequence[Proposal], store: Store
) -> tuple[Measure, ...]:
    """Best search score so far and counts, after each of the complete batches that have no gap before them.

    The step is the number of candidates that were trained by then. Only evaluations that nothing can
    replace give moments, so that a point is the same whenever it is asked for.
    """
    batches = list(_complete(proposals))
    trained = [one for batch in batches for one in batch if _answered(one)]
    lanes = {one.key: search_lanes(job, record.task, one) for one in trained}
    moments = stored_at(store, (lane.address for some in lanes.values() for lane in some))
    return tuple(_measures(record, batches, {key: _last(some, moments) for key, some in lanes.items()}))


def _measures(
    record: JobRecord, batches: Iterable[Sequence[Proposal]], ended: Mapping[str, datetime | None]
) -> Iterator[Measure]:
    best: float | None = None
    count = {"trained": 0, "failed": 0, "refused": 0, "reused": 0}
    now = record.created
    for batch in batches:
        for one in batch:
            if one.outcome is Outcome.REJECTED:
                count["refused"] += 1
                continue
            count["trained"] += 1
            if one.outcome is not Outcome.OK:
                count["failed"] += 1
            elif one.score is not None and (best is None or one.score > best):
                best = one.score
            end = ended.get(one.key)
            if end is not None and end < record.created:
                count["reused"] += 1
            elif end is not None and end > now:
                now = end
        at_ms, step = milliseconds(now), count["trained"]
        if best is not None:
            yield Measure("best_search_score", best, step, at_ms)
        for name, value in count.items():
            yield Measure(name, float(value), step, at_ms)


def _complete(proposals: Sequence[Proposal]) -> Iterator[list[Proposal]]:
    """The batches, up to the first that is not complete."""
    for _, some in groupby(proposals, key=lambda one: one.batch):
        batch = list(some)
        if any(one.outcome is None for one in batch):
            return
        yield batch


def _answered(one: Proposal) -> bool:
    return one.outcome is not None and one.outcome.answers and one.outcome is not Outcome.REJECTED


def _last(lanes: Iterable[Lane], moments: Mapping[Address, datetime]) -> datetime | None:
    found = [moments[lane.address] for lane in lanes if lane.address in moments]
    return max(found, default=None)
