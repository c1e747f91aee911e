"""What a pool finished is stored, whatever else went wrong at the same moment."""

from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path

import pytest

from actsearch.primitives import Evaluation, Lane, Outcome, PoolError, TaskInfo
from actsearch.search.training import Training
from actsearch.storage import open_store


class HalfBroken:
    """Finishes the first lane it is given and fails at the others."""

    workers = 2

    def submit(self, lanes: Sequence[Lane]) -> list[Future[Evaluation]]:
        futures = [Future[Evaluation]() for _ in lanes]
        futures[0].set_result(Evaluation(lane=lanes[0], outcome=Outcome.OK, sentence="", score=1.0))
        for future in futures[1:]:
            future.set_exception(PoolError("no worker can be started"))
        return futures

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
