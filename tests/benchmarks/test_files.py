"""The files that benchmarks make are read by the tasks as real ones are."""

from pathlib import Path

import numpy as np

from actsearch.workers import load_task
from benchmarks import files


def test_the_table_is_a_task(tmp_path: Path) -> None:
    task = load_task(files.table(tmp_path))
    parts = (task.data.train, task.data.validation, task.data.test)
    assert sum(len(part.inputs) for part in parts) == files.ROWS
    assert task.data.train.inputs.shape[1] == 10
    assert files.table(tmp_path) == files.table(tmp_path)


def test_the_pictures_are_a_task(tmp_path: Path) -> None:
    task = load_task(files.pictures(tmp_path))
    inputs = task.data.train.inputs
    assert inputs.shape[1:] == (1, 28, 28)
    assert len(task.data.test.inputs) == files.PICTURES["t10k"]
    assert len(np.unique(task.data.train.targets.numpy())) == 10
    border = inputs[:, :, :2]
    assert bool((border == border.min()).all())
