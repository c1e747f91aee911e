"""Points of a running search: counted by hand, and never changed by what comes after them."""

from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from actsearch.search import Job
from actsearch.search.plan import make_plan
from actsearch.service.mirror.live import live_measures, search_protocol
from actsearch.storage import open_store
from actsearch.storage.tracked import Measure, milliseconds


def measures(home: Path, job_id: str) -> tuple[Measure, ...]:
    with open_store(home) as store:
        record = store.jobs.get(job_id)
        return live_measures(record, Job.from_mapping(record.spec), store.proposals.of(job_id), store)


def test_each_batch_is_counted(tmp_path: Path, search: SimpleNamespace) -> None:
    with open_store(tmp_path) as store:
        search.so_far(store, "done")
    curves: dict[str, list[tuple[int, float]]] = {}
    for one in measures(tmp_path, search.job):
        curves.setdefault(one.name, []).append((one.step, one.value))
    best = [10.0 + max(map(len, search.texts[:n])) for n in (2, 4, 6)]
    assert curves == {
        "best_search_score": list(zip((2, 4, 6), best, strict=True)),
        "trained": [(2, 2.0), (4, 4.0), (6, 6.0)],
        "failed": [(2, 0.0), (4, 1.0), (6, 1.0)],
        "refused": [(2, 1.0), (4, 2.0), (6, 3.0)],
        "reused": [(2, 0.0), (4, 0.0), (6, 0.0)],
    }


def test_what_was_known_before_counts_as_reused(tmp_path: Path, search: SimpleNamespace) -> None:
    with open_store(tmp_path) as store:
        search.so_far(store, "done")
        search.so_far(store, "done", "ffffffffffff")
        began = milliseconds(store.jobs.get("ffffffffffff").created)
    again = measures(tmp_path, "ffffffffffff")
    assert [one.value for one in again if one.name == "reused"] == [2.0, 4.0, 6.0]
    assert {one.at_ms for one in again} == {began}


def test_points_stay_what_they_were(tmp_path: Path, search: SimpleNamespace) -> None:
    seen: list[tuple[Measure, ...]] = []
    for stage in search.stages:
        with open_store(tmp_path) as store:
            search.so_far(store, stage)
        seen.append(measures(tmp_path, search.job))
    for before, after in pairwise(seen):
        assert after[: len(before)] == before
    assert [len(some) for some in seen] == [0, 5, 15, 15]
    moments = [one.at_ms for one in seen[-1]]
    assert moments == sorted(moments)


@pytest.mark.parametrize("fields", [{}, {"epochs": 7}, {"standardise": False}, {"epochs": 1, "seeds": 3}])
def test_candidates_are_sought_where_the_search_puts_them(
    fields: dict[str, Any], search: SimpleNamespace
) -> None:
    job = Job.from_mapping({"task": "imagined", **fields})
    assert search_protocol(job, search.info) == make_plan(job, search.info).search
