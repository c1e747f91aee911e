"""`compare` is a confirmation of what the caller names."""

from pathlib import Path

import pytest

from actsearch.primitives import JobError, UnknownName
from actsearch.search import compare


def test_everybody_is_compared_with_everybody(task_file: Path, tmp_path: Path) -> None:
    counts: list[tuple[str, int, int]] = []
    found = compare(
        ["relu", "tanh", "x*sin(x)"],
        f"{task_file}:make_task",
        seeds=3,
        home=tmp_path / "home",
        executor="inline",
        on_progress=lambda *count: counts.append(count),
    )
    names = [row.name for row in found.standings]
    assert sorted(names) == ["relu", "tanh", "x*sin(x)"]
    assert [row.mean for row in found.standings] == sorted(
        (row.mean for row in found.standings), reverse=True
    )
    for row in found.standings:
        assert {verdict.against for verdict in row.verdicts} == set(names) - {row.name}
        assert row.seeds == (10_000, 10_001, 10_002)
        assert len(found.curves[row.name]["val_loss"]) == found.info.confirm.epochs
        assert found.step_s[row.name] > 0.0
    phase, known, asked = counts[-1]
    assert (phase, known) == ("confirm", asked)
    assert asked == 9
    [relu] = [row for row in found.standings if row.name == "relu"]
    assert relu.step_ratio == 1.0


def test_what_is_known_is_not_trained_again(task_file: Path, tmp_path: Path) -> None:
    task, first = f"{task_file}:make_task", list[int]()
    compare(["relu", "tanh"], task, seeds=2, home=tmp_path / "home", executor="inline")
    compare(
        ["relu", "tanh"],
        task,
        seeds=2,
        home=tmp_path / "home",
        executor="inline",
        on_progress=lambda phase, done, total: first.append(total - done),
    )
    assert first == [0, 0]


def test_without_tuning_functions_run_as_used_at_the_default_point(task_file: Path, tmp_path: Path) -> None:
    found = compare(
        ["relu", "gelu"],
        f"{task_file}:make_task",
        seeds=2,
        tune=False,
        epochs=1,
        home=tmp_path / "home",
        executor="inline",
    )
    for row in found.standings:
        assert row.point == found.info.default
        assert not row.protocol.standardise
        assert row.protocol.epochs == 1


def test_one_alone_has_nobody_to_be_compared_with(task_file: Path, tmp_path: Path) -> None:
    found = compare(["sin"], f"{task_file}:make_task", seeds=2, home=tmp_path / "home", executor="inline")
    [row] = found.standings
    assert (row.name, row.verdicts) == ("sin", ())
    assert row.step_ratio > 0.0


def test_wrong_requests_are_told(task_file: Path, tmp_path: Path) -> None:
    task = f"{task_file}:make_task"
    with pytest.raises(JobError, match="nothing to compare"):
        compare([], task, home=tmp_path)
    with pytest.raises(JobError, match="`seeds` should be 2 or more, not `1`"):
        compare(["relu"], task, seeds=1, home=tmp_path)
    with pytest.raises(UnknownName, match="`rellu`"):
        compare(["rellu"], task, home=tmp_path)
