"""What a board claims is right as often as it says: against independent oracles, and by simulation."""

import math
import random

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import ttest_rel

from actsearch.search.statistics import LEVEL, chance_for_missing, interval, student_tail, verdicts

SLEEP_10 = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
SLEEP_20 = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
"""Hours of sleep gained with two drugs, ten patients: Student 1908, The probable error of a mean; his
paired comparison, as R's `t.test` prints it: t = 4.0621, p = 0.002833, interval 0.7001 to 2.4599."""


def tail(t: float, freedom: int) -> float:
    """P(|T| >= |t|) as a regularised incomplete beta function, in 30 digits."""
    with mpmath.workdps(30):
        x = freedom / (freedom + mpmath.mpf(t) ** 2)
        return float(mpmath.betainc(mpmath.mpf(freedom) / 2, 0.5, 0, x, regularized=True))


@pytest.mark.parametrize("freedom", [1, 2, 4, 9, 29, 200])
@pytest.mark.parametrize("t", [0.0, 1e-6, 0.3, 1.0, 2.262, -4.0621, 12.0, 80.0])
def test_tail_equals_the_incomplete_beta_function(t: float, freedom: int) -> None:
    assert student_tail(t, freedom) == pytest.approx(tail(t, freedom), rel=1e-10)


def test_students_own_example() -> None:
    [verdict] = verdicts({"first": SLEEP_10}, {"second": SLEEP_20})["first"]
    assert verdict.against == "second"
    assert verdict.difference == pytest.approx(1.58)
    assert verdict.p == pytest.approx(0.002833, abs=5e-7)
    assert (verdict.low, verdict.high) == pytest.approx((0.7001142, 2.4598858), abs=5e-8)
    assert verdict.word == "better"


def test_an_interval_of_students_first_column() -> None:
    """R: `t.test(extra)` of the second drug's patients gives 0.75, from -0.5297804 to 2.0297804."""
    found = interval(SLEEP_20)
    assert (found.mean, found.low, found.high) == pytest.approx((0.75, -0.5297804, 2.0297804), abs=5e-7)


scores = st.lists(st.floats(-50, 50), min_size=10, max_size=10)


@settings(max_examples=60, deadline=None)
@given(scores, scores)
def test_one_leader_equals_scipys_paired_test(ours: list[float], theirs: list[float]) -> None:
    differences = np.subtract(ours, theirs)
    if differences.std() <= 1e-6 * (1.0 + np.abs(differences).max()):
        return
    [verdict] = verdicts({"a": ours}, {"b": theirs})["a"]
    oracle = ttest_rel(ours, theirs)
    bounds = oracle.confidence_interval(0.95)
    assert verdict.p == pytest.approx(float(oracle.pvalue), rel=1e-6)
    assert (verdict.low, verdict.high) == pytest.approx((bounds.low, bounds.high), rel=1e-6, abs=1e-9)


def holm(ps: dict[str, float], level: float) -> set[str]:
    """Names that Holm's step-down procedure rejects, straight from its definition."""
    rejected: set[str] = set()
    for rank, (name, p) in enumerate(sorted(ps.items(), key=lambda item: item[1])):
        if p > level / (len(ps) - rank):
            break
        rejected.add(name)
    return rejected


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 7), st.integers(2, 12), st.floats(0.0, 3.0))
def test_words_intervals_and_holm_agree(seed: int, leaders: int, seeds: int, effect: float) -> None:
    rng = np.random.default_rng(seed)
    baseline = rng.normal(size=seeds).tolist()
    shifts = effect * rng.normal(size=leaders)
    rows = {f"f{i}": (rng.normal(size=seeds) + shifts[i]).tolist() for i in range(leaders)}
    found = {name: verdict for name, [verdict] in verdicts(rows, {"b": baseline}).items()}
    ps = {name: float(ttest_rel(row, baseline).pvalue) for name, row in rows.items()}
    rejected = holm(ps, LEVEL)
    for name, verdict in found.items():
        assert (verdict.word != "not distinguishable") == (name in rejected)
        assert (verdict.low > 0 or verdict.high < 0) == (name in rejected)
        assert (verdict.p <= LEVEL) == (name in rejected)
        assert verdict.low <= verdict.difference <= verdict.high
        assert ps[name] - 1e-12 <= verdict.p <= 1.0


def test_verdicts_do_not_depend_on_the_order_of_the_leaders() -> None:
    rng = np.random.default_rng(5)
    rows = {f"f{i}": rng.normal(0.5, 1.0, 10).tolist() for i in range(5)}
    baseline = {"b": rng.normal(size=10).tolist()}
    shuffled = list(rows)
    random.Random(0).shuffle(shuffled)
    assert verdicts({name: rows[name] for name in shuffled}, baseline) == verdicts(rows, baseline)


def board_of_noise(rng: np.random.Generator) -> bool:
    """Whether any of five leaders without effect is called better than a baseline."""
    common = rng.normal(size=10)
    rows = {f"f{i}": (common + rng.normal(size=10)).tolist() for i in range(5)}
    found = verdicts(rows, {"b": (common + rng.normal(size=10)).tolist()})
    return any(verdict.word == "better" for row in found.values() for verdict in row)


def test_boards_of_pure_noise_rarely_claim_anything() -> None:
    rng = np.random.default_rng(0)
    assert sum(board_of_noise(rng) for _ in range(1000)) <= 65


def test_an_effect_of_one_and_a_half_deviations_is_found() -> None:
    """One leader of five is better by 1.5 deviations of its paired differences."""
    rng, found = np.random.default_rng(1), 0
    for _ in range(1000):
        baseline, deviation = rng.normal(size=10), math.sqrt(2.0)
        rows = {f"f{i}": rng.normal(size=10).tolist() for i in range(4)}
        rows["real"] = (rng.normal(size=10) + 1.5 * deviation).tolist()
        [verdict] = verdicts(rows, {"b": baseline.tolist()})["real"]
        found += verdict.word == "better"
    assert found >= 800


def test_intervals_cover_the_mean_in_95_percent() -> None:
    rng = np.random.default_rng(2)
    covered = sum(
        (lambda i: i.low <= 3.0 <= i.high)(interval(rng.normal(3.0, 2.0, 10).tolist())) for _ in range(4000)
    )
    assert 0.95 - 0.015 <= covered / 4000 <= 0.95 + 0.015


@pytest.mark.parametrize(
    "ours", [[0.5] * 10, SLEEP_10, [0.0] * 2, [1e300, -1e300], [7.0, math.nextafter(7.0, 8)]]
)
def test_identical_scores_are_not_distinguishable(ours: list[float]) -> None:
    [verdict] = verdicts({"a": ours}, {"b": list(ours)})["a"]
    assert verdict.word == "not distinguishable"
    assert (verdict.difference, verdict.low, verdict.high, verdict.p) == (0.0, 0.0, 0.0, 1.0)


def test_scores_that_differ_by_rounding_alone_are_not_distinguishable() -> None:
    ours = [0.1 + 0.2, 0.3 + 0.6, 1.1 + 2.2]
    theirs = [0.3, 0.9, 3.3]
    assert ours != theirs
    [verdict] = verdicts({"a": ours}, {"b": theirs})["a"]
    assert verdict.word == "not distinguishable"


def test_a_difference_that_is_always_the_same_is_told() -> None:
    [verdict] = verdicts({"a": [2.0, 3.0, 4.0]}, {"b": [1.0, 2.0, 3.0]})["a"]
    assert (verdict.word, verdict.low, verdict.high, verdict.p) == ("better", 1.0, 1.0, 0.0)


def test_diverged_seeds_count_as_chance() -> None:
    assert chance_for_missing([1.0, None, 2.5], -3.0) == (1.0, -3.0, 2.5)


def test_nothing_is_compared_with_itself() -> None:
    rows = {"a": [1.0, 2.0], "b": [2.0, 2.5], "c": [0.0, 1.0]}
    found = verdicts(rows, rows)
    assert {name: [verdict.against for verdict in row] for name, row in found.items()} == {
        "a": ["b", "c"],
        "b": ["a", "c"],
        "c": ["a", "b"],
    }


def test_one_seed_is_no_comparison() -> None:
    with pytest.raises(ValueError, match="two scores"):
        verdicts({"a": [1.0]}, {"b": [2.0]})
    with pytest.raises(ValueError, match="two scores"):
        interval([1.0])


def test_seeds_must_pair() -> None:
    with pytest.raises(ValueError, match="`a` has 3 scores, not 2"):
        verdicts({"a": [1.0, 2.0, 3.0]}, {"b": [2.0, 1.0]})
