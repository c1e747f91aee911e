"""How far the losses of the same lanes agree, ours against the rival's.

Both sides start from the same weights and see the same batches, so that they differ by rounding alone.
Every step blows rounding up, some functions chaotically: after the first epoch all lanes are to agree
closely, after the last one most, and the median over lanes for certain. A lane that diverges on both
sides agrees; one that diverges on one side does not.
"""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = ["FIRST", "LAST", "Agreement", "agreement"]

FIRST = 0.001
"""Largest difference after the first epoch, as a share of the larger loss, that counts as agreement."""
LAST = 0.01
"""The same after the last epoch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Differences are shares of the larger loss; those of lanes that diverged are left out of them."""

    lanes: int
    first_agree: int
    first_largest: float
    last_agree: int
    last_median: float
    last_largest: float
    medians: tuple[float, float]
    """Final loss, median over the lanes that both sides finished: ours, the rival's."""
    lost: tuple[int, int]
    """Lanes that diverged: ours, the rival's."""

    @property
    def sentence(self) -> str:
        lost = f"; {self.lost[0]} and {self.lost[1]} diverged" if any(self.lost) else ""
        return (
            f"losses agree within {FIRST:.1%} after the first epoch on {self.first_agree} of {self.lanes} "
            f"lanes (largest difference {self.first_largest:.1e}), within {LAST:.0%} after the last on "
            f"{self.last_agree} (median {self.last_median:.1e}, largest {self.last_largest:.1e}); median "
            f"loss {self.medians[0]:.5g} and {self.medians[1]:.5g}{lost}"
        )


def agreement(pairs: Iterable[tuple[Sequence[float], Sequence[float]]], epochs: int) -> Agreement:
    """Of (ours, the rival's) losses after each of `epochs`; a shorter one diverged on the way."""
    known = list(pairs)
    whole = [(ours, rival) for ours, rival in known if len(ours) == len(rival) == epochs]
    both_lost = sum(len(ours) < epochs and len(rival) < epochs for ours, rival in known)
    first = [_difference(ours[0], rival[0]) for ours, rival in known if ours and rival]
    last = [_difference(ours[-1], rival[-1]) for ours, rival in whole]
    return Agreement(
        lanes=len(known),
        first_agree=sum(one <= FIRST for one in first) + sum(not ours and not rival for ours, rival in known),
        first_largest=max(first, default=0.0),
        last_agree=sum(one <= LAST for one in last) + both_lost,
        last_median=_median(last),
        last_largest=max(last, default=0.0),
        medians=(_median(ours[-1] for ours, _ in whole), _median(rival[-1] for _, rival in whole)),
        lost=(
            sum(len(ours) < epochs for ours, _ in known),
            sum(len(rival) < epochs for _, rival in known),
        ),
    )


def _difference(one: float, other: float) -> float:
    return abs(one - other) / max(abs(one), abs(other), 1e-12)


def _median(values: Iterable[float]) -> float:
    known = list(values)
    return statistics.median(known) if known else 0.0
