"""Tests of task files that travel: used where they stand, copied where a node lacks them or has others."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import pytest

from actsearch.primitives import Lane
from actsearch.workers import load_task
from actsearch.workers.pools.shipping import Shelf, ship

MakeLane: TypeAlias = Callable[..., Lane]


@pytest.fixture
def lanes(make_lane: MakeLane, tiny_name: str, tmp_path: Path) -> list[Lane]:
    """Lanes of a task file that this test may do away with."""
    path = tmp_path / "tiny.py"
    path.write_bytes(Path(tiny_name.rpartition(":")[0]).read_bytes())
    return [replace(make_lane("tanh", seed=seed), task=f"{path}:make_task") for seed in range(3)]


def test_a_file_that_the_node_has_is_used_where_it_stands(lanes: list[Lane]) -> None:
    assert Shelf().unpack(ship(lanes)) == {lane: lane for lane in lanes}


@pytest.mark.parametrize("other", [None, "raise RuntimeError('another version')"])
def test_a_file_that_the_node_lacks_is_copied(lanes: list[Lane], other: str | None) -> None:
    shipment, shelf = ship(lanes), Shelf()
    path = Path(lanes[0].task.rpartition(":")[0])
    path.unlink()
    if other is not None:
        path.write_text(other)
    sent = shelf.unpack(shipment)
    assert list(sent.values()) == lanes
    (task,) = {lane.task for lane in sent}
    assert task != lanes[0].task
    assert load_task(task).info.hash == lanes[0].task_hash  # by content: the copy is the same task
    assert set(shelf.unpack(shipment)) == set(sent)  # and is made once
    copy = Path(task.rpartition(":")[0])
    assert copy.name == path.name
    shelf.clear()
    assert not copy.parent.exists()


def test_settings_travel_with_the_name(lanes: list[Lane]) -> None:
    path = Path(lanes[0].task.rpartition(":")[0])
    lane = replace(lanes[0], task=f'{path}:make_task:"word=a,b",depth=3')
    shipment, shelf = ship([lane]), Shelf()
    path.unlink()
    (sent,) = shelf.unpack(shipment)
    place, settings = sent.task.split(":make_task:")
    assert settings == '"word=a,b",depth=3'
    assert Path(place).is_file()
    assert place != str(path)
    shelf.clear()


@pytest.mark.parametrize("task", ["digits-mlp", "package.module:make_task", "no/such/file.py:make_task"])
def test_other_tasks_travel_by_name(make_lane: MakeLane, task: str) -> None:
    lane = replace(make_lane("tanh"), task=task)
    assert ship([lane]).file is None
    assert Shelf().unpack(ship([lane])) == {lane: lane}


def test_a_relative_path_is_one_of_the_driver(
    lanes: list[Lane], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    lane = replace(lanes[0], task="tiny.py:make_task")
    shipment = ship([lane])
    monkeypatch.chdir("/")
    assert Shelf().unpack(shipment) == {lanes[0]: lane}
