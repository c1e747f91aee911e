"""Learning curves for a tracking server: of several seeds the mean, one point an epoch, as time went by."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from math import fsum, isfinite

from ...primitives import Address, Evaluation, content_hash
from ...storage import JobRecord, Store
from ...storage.moments import stored_at
from ...storage.tracked import Measure, milliseconds

__all__ = ["Learned", "finite", "identity", "learned"]


@dataclass(frozen=True, slots=True)
class Learned:
    """What the seeds of one function gave, and when."""

    evaluations: tuple[Evaluation, ...]
    started_ms: int
    """When the first training began."""
    ended_ms: int
    """When the last one was stored."""

    def curves(self, prefix: str = "") -> Iterator[Measure]:
        """The mean over the seeds that came through, where it is finite; the step is the epoch, from 1."""
        whole = [one.curves for one in self.evaluations if one.score is not None]
        for name in sorted(whole[0]) if whole else ():
            columns = list(zip(*(curves[name] for curves in whole), strict=True))
            spread = (self.ended_ms - self.started_ms) / max(len(columns), 1)
            for epoch, values in enumerate(columns, 1):
                mean = fsum(values) / len(values) if all(map(isfinite, values)) else float("nan")
                at_ms = self.started_ms + round(spread * epoch)
                if isfinite(mean):
                    yield Measure(f"{prefix}{name}", mean, epoch, at_ms)


def learned(store: Store, record: JobRecord, addresses: Iterable[Address]) -> Learned:
    """What is stored at these addresses."""
    asked = list(addresses)
    found = store.evaluations.find(asked)
    moments = stored_at(store, asked)
    ends = [milliseconds(moments[address]) for address in found]
    begins = [
        end - round(1000 * one.wall_s) if isfinite(one.wall_s) else end
        for end, one in zip(ends, found.values(), strict=True)
    ]
    now = milliseconds(record.created)
    return Learned(tuple(found.values()), min(begins, default=now), max(ends, default=now))


def finite(numbers: Mapping[str, float], at_ms: int) -> Iterator[Measure]:
    """Single numbers; those that are not finite are left out, since they would spoil a chart's axis."""
    for name, value in numbers.items():
        if isfinite(value):
            yield Measure(name, float(value), 0, at_ms)


def identity(record: JobRecord, part: str) -> str:
    """16 hex digits by which a part of this job in this store is found again."""
    return content_hash([record.id, record.created.isoformat(), part])
