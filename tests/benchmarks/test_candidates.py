"""The candidates of the benchmarks: fresh, repeatable, and such as a search would train."""

from actsearch.primitives import Outcome, key, parse, pieces, screen
from actsearch.workers import load_task
from benchmarks.candidates import candidates, dealt, lanes_of


def test_candidates_are_different_repeat_themselves_and_would_be_trained() -> None:
    drawn = candidates(20)
    assert len({key(expr) for expr in drawn}) == 20
    assert candidates(20) == drawn
    assert candidates(5) == drawn[:5]
    assert all(screen(expr).outcome is Outcome.OK for expr in drawn)


def test_lanes_are_dealt_once_each_and_evenly() -> None:
    task = load_task("wine-mlp")
    lanes = lanes_of("wine-mlp", task, task.info.search, candidates(21))
    hands = dealt(lanes, 2)
    assert sorted(lane.key for hand in hands for lane in hand) == sorted(lane.key for lane in lanes)
    cut = [sum(pieces(parse(lane.text)) > 1 for lane in hand) for hand in hands]
    assert abs(len(hands[0]) - len(hands[1])) <= 1
    assert abs(cut[0] - cut[1]) <= 1
