"""Patience with a Ray: it ends, and is whole again once the Ray was back."""

import pytest

from actsearch.service.runner.patience import AGAIN_S, AWAY_S, BACK_S, Patience


@pytest.mark.parametrize("attempt_s", [AGAIN_S, BACK_S])
def test_it_ends_where_the_ray_does_not_come_back(attempt_s: float, monkeypatch: pytest.MonkeyPatch) -> None:
    now, patience = [1000.0], Patience()
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    while patience.lasts():
        assert now[0] - 1000.0 <= AWAY_S
        now[0] += attempt_s
    assert now[0] - 1000.0 > AWAY_S


def test_it_is_whole_again_after_a_ray_that_was_back(monkeypatch: pytest.MonkeyPatch) -> None:
    now, patience = [0.0], Patience()
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    for _ in range(20):
        assert patience.lasts()
        now[0] += BACK_S + 1.0
