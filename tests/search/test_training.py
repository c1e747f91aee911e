"""What a pool finished is stored, whatever else went wrong; and the pool is kept full, and no fuller."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from actsearch.primitives import Evaluation, Lane, Outcome, PoolError, TaskInfo
from actsearch.search.training import Training
from actsearch.storage import open_store
from actsearch.workers.pool import TOGETHER


class HalfBroken:
    """Finishes the first lane it is given and fails at the others."""

    workers = 2
    together = 32

    def submit(self, lanes: Sequence[Lane]) -> list[Future[Evaluation]]:
        futures = [Future[Evaluation]() for _ in lanes]
        futures[0].set_result(Evaluation(lane=lanes[0], outcome=Outcome.OK, sentence="", score=1.0))
        for future in futures[1:]:
            future.set_exception(PoolError("no worker can be started"))
        return futures

    def start(self) -> None: ...

    def close(self) -> None: ...


def test_an_error_of_one_lane_loses_no_other(info: TaskInfo, tmp_path: Path) -> None:
    lanes = [Lane("k", "sin(x)", "t", info.hash, info.search, info.default, seed) for seed in range(3)]
    with open_store(tmp_path / "home") as store:
        store.tasks.put(info)
        training = Training(store, HalfBroken())
        training.ask(lanes)
        with pytest.raises(PoolError, match="no worker"):
            training.wait()
        assert set(store.evaluations.find([lane.address for lane in lanes])) == {lanes[0].address}


@pytest.mark.parametrize("stacked", [False, True])
@pytest.mark.parametrize("workers", [1, 3])
def test_a_pool_is_filled_so_far_that_no_worker_waits(
    stacked: bool, workers: int, info: TaskInfo, imagined: Callable[..., Any], tmp_path: Path
) -> None:
    protocol = replace(info.search, stacked=stacked)
    lanes = [Lane("k", "sin(x)", "t", info.hash, protocol, info.default, seed) for seed in range(300)]
    most = 2 * workers * (TOGETHER if stacked else 1)
    pool = imagined(workers=workers, patience=10**6)
    with open_store(tmp_path / "home") as store:
        store.tasks.put(info)
        training = Training(store, pool)
        assert training.hungry
        training.ask(lanes[: most - 1])
        assert training.hungry
        training.ask(lanes)
        training.submit()
        training.submit()
        assert not training.hungry
        assert pool.trained == lanes[:most]


def test_all_that_is_finished_is_stored_in_one_transaction(
    info: TaskInfo, imagined: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    protocol = replace(info.search, stacked=True)
    lanes = [Lane("k", "sin(x)", "t", info.hash, protocol, info.default, seed) for seed in range(20)]
    pool, calls = imagined(workers=1), list[int]()
    with open_store(tmp_path / "home") as store:
        store.tasks.put(info)
        training, add = Training(store, pool), store.evaluations.add

        def counted(evaluations: Sequence[Evaluation]) -> None:
            calls.append(len(evaluations))
            add(evaluations)

        monkeypatch.setattr(store.evaluations, "add", counted)
        training.ask(lanes)
        training.submit()
        while not all(future.done() for future in pool.futures):
            pass
        training.wait()
    assert calls == [20]
