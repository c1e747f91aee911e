"""The populations benchmark trains the same lanes on both sides."""

import re
from pathlib import Path

import pytest
import torch

from benchmarks import memory
from benchmarks.cases import CASES, ONE_PROCESS, TWO_PROCESSES, TWO_THREADS, Case
from benchmarks.populations import RIVALS, measured


@pytest.mark.slow
def test_both_sides_train_the_same_lanes_in_processes_of_their_own(tmp_path: Path) -> None:
    case = Case(
        name="wine",
        task=lambda folder: "wine-mlp",
        claims={TWO_PROCESSES: 1e-9, TWO_THREADS: 1e9},
        count=4,
        repeats=2,
        epochs=2,
    )
    first, second = measured(case, tmp_path)
    assert (first.holds, second.holds) == (True, False)
    assert first.repeats == second.repeats == 2
    assert first.product_share is not None
    assert 0.0 < first.product_share < 1.0
    largest = re.search(r"in float64 those of 8 lanes differ by (\S+) at most", first.notes)
    assert largest is not None
    assert float(largest[1]) < 1e-6


@pytest.mark.skipif(torch.cuda.is_available(), reason="a machine with a GPU measures it")
def test_without_a_gpu_its_rows_say_so(tmp_path: Path) -> None:
    for case in (case for case in CASES if case.device != "cpu"):
        (row,) = measured(case, tmp_path)
        assert row.holds is None
        assert "no GPU" in row.notes


def test_a_task_that_cannot_be_had_is_said(tmp_path: Path) -> None:
    case = Case(name="none", task=lambda folder: "no-such-task", claims={TWO_PROCESSES: 1.0})
    (row,) = measured(case, tmp_path)
    assert row.ratio is None
    assert "no-such-task" in row.notes


def test_every_rival_that_a_case_names_is_known() -> None:
    assert {rival for case in CASES for rival in case.claims} <= set(RIVALS)
    assert ONE_PROCESS in RIVALS


@pytest.mark.slow
def test_the_high_water_mark_is_that_of_the_training_alone() -> None:
    row = memory.measured(memory.Case("digits-mlp"), 2)
    ours, theirs = map(float, re.findall(r"([\d.]+) MB", row.notes)[:2])
    assert 0.0 < ours < 100.0
    assert 0.0 < theirs < 100.0
    assert row.ratio == pytest.approx(ours / theirs, rel=0.2)
