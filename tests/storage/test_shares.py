"""Shares: with several runners at once no token has more than it may, and tokens are served in turn."""

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from actsearch.primitives.errors import JobError
from actsearch.storage import Store, open_store
from tests.contracts.queued import TASK, submit

from .stores import LASTING, new_database

TOKENS = ("many", "few", "user:alice")
RUNNERS = 5


@pytest.fixture(params=LASTING)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with open_store(new_database(request.param, tmp_path, request)) as store:
        yield store


def token_of(job_id: str) -> str:
    return job_id.partition("/")[0]


def test_nobody_is_over_quota_and_all_are_served_in_turn(store: Store) -> None:
    """Each runner takes a job, counts who has which now, and gives it back done when all have looked."""
    jobs = {"many": 24, "few": 8, "user:alice": 8}
    limits = {"few": 1, "user:alice": 2}
    for token, running in limits.items():
        store.queue.allow(token, running=running)
    for token, count in jobs.items():
        submit(store, *(f"{token}/{n}" for n in range(count)), token=token)
    over, taken, looked = list[tuple[str, int]](), list[str](), threading.Barrier(RUNNERS)

    def serve(name: str) -> None:
        while True:
            lease = store.leases.claim(name)
            looked.wait(60)  # all hold what they could get
            for token, running in limits.items():
                now = store.queue.quota(token).now_running
                if now > running:
                    over.append((token, now))
            taken.extend([] if lease is None else [lease.job_id])
            looked.wait(60)
            if lease is not None:
                store.leases.release(lease, "done")
            looked.wait(60)
            if all(store.queue.quota(token).now_open == 0 for token in TOKENS):
                return
            looked.wait(60)

    with ThreadPoolExecutor(RUNNERS) as runners:
        for one in [runners.submit(serve, f"runner {n}") for n in range(RUNNERS)]:
            one.result()
    assert over == []
    assert Counter(taken) == Counter(f"{token}/{n}" for token, count in jobs.items() for n in range(count))
    rounds = [Counter(map(token_of, taken[start : start + RUNNERS])) for start in range(0, 20, RUNNERS)]
    assert rounds == [{"many": 2, "few": 1, "user:alice": 2}] * 4, "while all have jobs that wait"


def test_tokens_at_once_have_no_more_open_jobs_than_they_may(store: Store) -> None:
    for token in TOKENS:
        store.queue.allow(token, open=3)
    start = threading.Barrier(9)

    def ask(n: int) -> str:
        token = TOKENS[n % 3]
        start.wait(60)
        refused = 0
        for k in range(3):
            try:
                store.queue.submit(f"{token}/{n}/{k}", TASK, {}, token=token)
            except JobError:
                refused += 1
        return token * refused

    with ThreadPoolExecutor(9) as askers:
        refused = list(askers.map(ask, range(9)))
    assert {token: store.queue.quota(token).now_open for token in TOKENS} == dict.fromkeys(TOKENS, 3)
    assert len("".join(refused)) == sum(6 * len(token) for token in TOKENS)
    assert len(store.jobs.all()) == 9
