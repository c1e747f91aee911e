"""`timing`: its statistics against scipy and a clock of its own; the rest by what holds on any machine."""

from itertools import count
from typing import Any

import pytest
import torch
from scipy.stats import binom

from actsearch.primitives import UnknownName, parse
from actsearch.workers import timing as module
from actsearch.workers.timing import DTYPES, timing


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("text", ["gelu", "step(x)", "x*sigmoid(x1)", "prelu", "3"])
def test_any_function_is_timed_in_any_type(text: str, dtype: str) -> None:
    found = timing(parse(text), dtype, rows=2, pairs=7)
    assert (found.dtype, found.device, found.elements, found.pairs) == (dtype, "cpu", 2048, 7)
    for part in (found.forward, found.backward):
        assert 0.0 <= part.low <= part.ratio <= part.high
        assert part.ns >= 0.0
    assert found.forward.ns > 0.0


def test_the_number_of_threads_is_what_it_was() -> None:
    before = torch.get_num_threads()
    timing(parse("x"), rows=1, pairs=1)
    assert torch.get_num_threads() == before


def test_an_unknown_type_is_an_error() -> None:
    with pytest.raises(UnknownName, match="float31"):
        timing(parse("x"), "float31")


@pytest.mark.parametrize("pairs", range(6, 60, 3))
def test_the_interval_holds_the_median_in_95_of_100(pairs: int) -> None:
    """The median lies outside where fewer than low + 1, or more than high, of the pairs fall below it."""
    low, high = module._interval(pairs)  # pyright: ignore[reportPrivateUsage]
    half = binom(pairs, 0.5)
    assert float(half.cdf(high) - half.cdf(low)) >= 0.95
    assert low + high == pairs - 1
    if low + 1 < high - 1:
        assert float(half.cdf(high - 1) - half.cdf(low + 1)) < 0.95


def test_ratios_are_of_pairs_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that slows down with each run: ReLU takes n, the function 3n forward and 5n backward."""
    runs = count(1)
    seen: list[str] = []

    def once(run: Any) -> tuple[float, float]:
        own = "sin" in str(run.site.expr_text)
        seen.append("own" if own else "relu")
        speed = 1.0 + 1e-9 * next(runs)
        return (3 * speed, 5 * speed) if own else (speed, speed)

    monkeypatch.setattr(module, "_once", once)
    found = timing(parse("sin(x)"), rows=1, pairs=9)
    assert (found.forward.ratio, found.backward.ratio) == pytest.approx((3, 5), rel=1e-6)
    assert (found.forward.low, found.forward.high) == pytest.approx((3, 3), rel=1e-6)
    assert found.forward.ns == pytest.approx(3e9 / 1024, rel=1e-6)
    # Which is first changes from pair to pair.
    assert seen[-4:] == ["relu", "own", "own", "relu"]
