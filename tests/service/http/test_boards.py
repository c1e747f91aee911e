"""Boards over HTTP: the rows of the database, filtered, ordered and cut as asked."""

import json
from base64 import urlsafe_b64encode
from dataclasses import replace
from itertools import combinations
from typing import Any

import pytest

from actsearch.search import read_board
from actsearch.storage import Store, open_store, views

from .in_process import TestClient


@pytest.fixture
def store(home: str) -> Any:
    with open_store(home) as store:
        yield store


def board(service: TestClient, **asked: Any) -> list[dict[str, Any]]:
    answer = service.get("leaderboard", params={"task": "toy", "limit": 200, **asked})
    assert answer.status_code == 200, answer.text
    assert answer.json()["next"] is None
    return answer.json()["items"]


def test_the_leaderboard_is_that_of_the_database(service: TestClient, store: Store) -> None:
    wanted = views.leaderboard(store, task="toy", limit=1000)
    found = board(service)
    told = ("rank", "confirmed", "key", "text", "name", "role", "mean", "low", "high", "seeds", "weights")
    assert [[row[name] for name in told] for row in found] == [
        [getattr(row, name) for name in told] for row in wanted
    ]
    assert found[0]["confirmed"]
    assert not found[-1]["confirmed"]


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_pages_together_are_the_whole(limit: int, service: TestClient) -> None:
    whole, found = board(service), list[Any]()
    after: dict[str, str] = {}
    while True:
        page = service.get("leaderboard", params={"task": "toy", "limit": limit, **after}).json()
        found += page["items"]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert found == whole


LATER: list[dict[str, Any]] = [
    {},
    {"confirmed": False},
    {"sort": "weights"},
    {"sort": "step_ratio"},
    {"max_weights": 10**6},
]


@pytest.mark.parametrize("asked", LATER, ids=str)
def test_rows_that_come_between_pages_skip_and_repeat_nothing(
    asked: dict[str, Any], service: TestClient, store: Store
) -> None:
    """After each page a function comes that is better than all, and one that is worse."""
    one = next(one for one in store.evaluations.of(phase="search") if one.score is not None)
    before = [row["key"] for row in board(service, **asked)]
    found: list[dict[str, Any]] = []
    after: dict[str, str] = {}
    for number in range(100):
        page = service.get("leaderboard", params={"task": "toy", "limit": 2, **asked, **after}).json()
        found += page["items"]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
        if number < 3:
            for key, score in ((f"fe{number}", 1e6), (f"00{number}", -1e6)):
                lane = replace(one.lane, key=key, text=key)
                store.evaluations.add([replace(one, lane=lane, score=score)])
    keys = [row["key"] for row in found]
    assert len(keys) == len(set(keys))
    assert set(before) <= set(keys)
    assert [key for key in keys if key in before] == before
    for confirmed in (True, False):
        ranks = [row["rank"] for row in found if row["confirmed"] is confirmed]
        assert ranks == sorted(ranks) or "sort" in asked


def test_a_walk_stays_in_the_version_in_which_it_began(service: TestClient, store: Store) -> None:
    first = service.get("leaderboard", params={"task": "toy", "limit": 2}).json()
    (info,) = store.tasks.of("toy")
    store.tasks.put(replace(info, hash="f" * 16))
    assert service.get("leaderboard", params={"task": "toy"}).json()["task_hash"] == "f" * 16
    second = service.get("leaderboard", params={"task": "toy", "limit": 2, "after": first["next"]}).json()
    assert second["task_hash"] == info.hash
    assert second["items"][0]["rank"] in (1, 3)
    wrong = {"task": "toy", "after": first["next"], "version": "f" * 16}
    assert service.get("leaderboard", params=wrong).json()["errors"][0]["field"] == "after"


def _end(*parts: Any) -> str:
    return urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


ENDS = [
    *("50", "0", "", "abc", "A" * 19_999, "W10", "bnVsbA"),
    _end("h", "rank", "0.0", True, "nan", "k", "", 1),
    _end("h", "rank", "0.0", True, "1.0", "k", "", -1),
    _end("h", "rank", "0.0", True, "1.0", "k", "", 10**30),
    _end("h", "rank", "0.0", 1, "1.0", "k", "", 1),
    _end("h", "weights", "0.0", True, "1.0", "k", "", 1),
    _end("h", "rank", "0.0", True, "1.0", "k", "", 1),
    _end("h", "rank", {}, True, [], "k", "", 1),
]


@pytest.mark.parametrize("after", ENDS, ids=lambda one: one[:12])
def test_what_no_page_gave_is_a_problem_of_its_field(after: str, service: TestClient) -> None:
    answer = service.get("leaderboard", params={"task": "toy", "after": after})
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"] == "after"
    if after.isdecimal():
        assert "give `next` of the page before" in answer.json()["detail"]


FILTERS: list[tuple[dict[str, Any], Any]] = [
    ({"confirmed": True}, lambda row: row["confirmed"]),
    ({"confirmed": False}, lambda row: not row["confirmed"]),
    ({"role": "baseline"}, lambda row: row["role"] == "baseline"),
    ({"role": ["leader", "baseline"]}, lambda row: row["role"] != "candidate"),
    ({"max_step_ratio": 1.0}, lambda row: row["step_ratio"] is not None and row["step_ratio"] <= 1.0),
    ({"max_weights": 25}, lambda row: row["weights"] is not None and row["weights"] <= 25),
    ({"max_weights": 24}, lambda row: row["weights"] is not None and row["weights"] <= 24),
]


@pytest.mark.parametrize(("asked", "wanted"), FILTERS, ids=[str(asked) for asked, _ in FILTERS])
def test_a_filter_leaves_what_it_says(asked: dict[str, Any], wanted: Any, service: TestClient) -> None:
    assert board(service, **asked) == [row for row in board(service) if wanted(row)]


@pytest.mark.parametrize("name", ["step_ratio", "weights"])
def test_an_order_puts_the_smallest_first_and_what_is_missing_last(name: str, service: TestClient) -> None:
    cells = [row[name] for row in board(service, sort=name)]
    known = [cell for cell in cells if cell is not None]
    assert cells == sorted(known) + [None] * (len(cells) - len(known))
    assert known


def test_no_row_of_the_front_is_beaten_in_both(service: TestClient) -> None:
    """Against the definition, pair by pair."""

    def beats(one: dict[str, Any], other: dict[str, Any]) -> bool:
        here, there = (one["mean"], -one["step_ratio"]), (other["mean"], -other["step_ratio"])
        return all(a >= b for a, b in zip(here, there, strict=True)) and here != there

    front = board(service, front=True)
    known = [row for row in board(service, confirmed=True) if row["step_ratio"] is not None]
    assert front
    assert not any(beats(*pair) or beats(*reversed(pair)) for pair in combinations(front, 2))
    left = [row for row in known if row not in front]
    assert all(any(beats(best, row) for best in front) for row in left)


def test_a_task_and_its_version_are_looked_up(service: TestClient, store: Store) -> None:
    unknown = service.get("leaderboard?task=toi")
    assert unknown.status_code == 422
    assert unknown.json()["errors"] == [
        {"field": "task", "message": unknown.json()["detail"], "allowed": ["toy"]}
    ]
    (info,) = store.tasks.of("toy")
    assert service.get("leaderboard", params={"task": "toy", "version": info.hash}).status_code == 200
    assert service.get("leaderboard?task=toy&version=0").json()["errors"][0]["allowed"] == [info.hash]


def test_the_board_of_a_job_is_what_the_search_says(service: TestClient, store: Store) -> None:
    (job,) = store.jobs.all()
    wanted = read_board(store, job.id)
    found = service.get(f"jobs/{job.id[:5]}/board?candidates=3").json()
    assert found["headline"] == wanted.headline
    assert [row["name"] for row in found["standings"]] == [row.name for row in wanted.standings]
    assert [row["mean"] for row in found["standings"]] == [row.mean for row in wanted.standings]
    assert [one["text"] for one in found["candidates"]] == [one.text for one in wanted.candidates[:3]]
    assert found["progress"]["done"] == wanted.trained
    assert service.get("jobs/0000/board").status_code == 404
