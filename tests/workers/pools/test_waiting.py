"""Tests of how long a job waits for a Ray, second by second of a clock that is made up."""

import pytest

from actsearch.workers.pools.waiting import Waiting


def looks(coming: range, *, wait_s: float = 300.0, grow_s: float = 1800.0) -> dict[str, list[int]]:
    """The seconds at which a person is told, and at which it ends; nodes are coming for so long."""
    one = Waiting(notice_s=10.0, wait_s=wait_s, grow_s=grow_s)
    found: dict[str, list[int]] = {"tell": [], "end": []}
    for second in range(4000):
        what = one.look(50.0, 50.0 + second, coming=int(second in coming))
        if what != "wait":
            found[what].append(second)
        if what == "end":
            break
    return found


def test_a_ray_that_others_hold_is_waited_for_as_long_as_is_said() -> None:
    assert looks(range(0)) == {"tell": [11], "end": [301]}


@pytest.mark.parametrize("until", [20, 299, 700])
def test_a_node_that_came_has_time_to_start_a_worker(until: int) -> None:
    assert looks(range(2, until + 1)) == {"tell": [11], "end": [until + 301]}


def test_nodes_that_never_come_are_not_waited_for_for_ever() -> None:
    assert looks(range(4000)) == {"tell": [11], "end": [1801]}


def test_the_limit_that_is_told_is_the_one_that_holds() -> None:
    one = Waiting(notice_s=10.0, wait_s=300.0, grow_s=1800.0)
    assert (one.limit_s(coming=0), one.limit_s(coming=2)) == (300.0, 1800.0)
