"""Flags and job files are one schema."""

import inspect
from typing import Any

import pytest

from actsearch.search import Job, opening
from actsearch.service.cli import running
from actsearch.service.cli.search import search
from actsearch.workers import InlinePool

from .conftest import Call

GIVEN: dict[str, tuple[list[str], Any]] = {
    "task": (["--task", "digits-mlp"], "digits-mlp"),
    "grammar": (["--grammar", "ramachandran2017"], "ramachandran2017"),
    "sampler": (["--sampler", "tpe"], "tpe"),
    "trials": (["--trials", "7"], 7),
    "seeds": (["--seeds", "2"], 2),
    "epochs": (["--epochs", "3"], 3),
    "baselines": (["--baselines", "relu", "--baselines", "max(x, 0.1*x)"], ("relu", "max(x, 0.1*x)")),
    "first": (["--first", "gelu", "--first", "x*sin(x)"], ("gelu", "x*sin(x)")),
    "leaders": (["--leaders", "2"], 2),
    "confirm_seeds": (["--confirm-seeds", "4"], 4),
    "confirm": (["--no-confirm"], False),
    "batch": (["--batch", "4"], 4),
    "lag": (["--lag", "1"], 1),
    "seed": (["--seed", "9"], 9),
    "standardise": (["--no-standardise"], False),
    "stacked": (["--stacked"], True),
    "fused": (["--no-fused"], False),
    "executor": (["--executor", "inline"], "inline"),
    "workers": (["--workers", "1"], 1),
    "time_limit_s": (["--time-limit-s", "2.5"], 2.5),
    "wall_limit_s": (["--wall-limit-s", "60"], 60.0),
    "memory_limit_mb": (["--memory-limit-mb", "512"], 512),
    "address": (["--address", "local"], "local"),
    "cpus_per_worker": (["--cpus-per-worker", "0.5"], 0.5),
    "gpus_per_worker": (["--gpus-per-worker", "0.25"], 0.25),
}


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Job]:
    """The jobs that would run."""
    jobs: list[Job] = []

    def run_job(job: Job, home: str, **wanted: object) -> None:
        jobs.append(job)

    monkeypatch.setattr(running, "run_job", run_job)
    monkeypatch.setattr(opening, "pool_of", lambda job: InlinePool())
    return jobs


FIELDS = {name: field for name, field in Job.model_fields.items() if name != "grammar_text"}
"""What a grammar file says is read from the file that `--grammar` names."""


def test_each_field_has_a_flag() -> None:
    assert set(FIELDS) <= set(inspect.signature(search).parameters)
    assert set(GIVEN) == set(FIELDS)
    assert "grammar_text" not in inspect.signature(search).parameters


@pytest.mark.parametrize("field", GIVEN)
def test_a_flag_sets_its_field_and_no_other(field: str, actsearch: Call, asked: list[Job]) -> None:
    words, wanted = GIVEN[field]
    said = actsearch("search", *([] if field == "task" else ["--task", "t"]), *words)
    assert said.code == 0, said.err
    assert asked == [Job.from_mapping({"task": "t", field: wanted})]


def test_help_says_what_each_flag_is_and_its_default(
    actsearch: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    text = " ".join(actsearch("search", "--help").out.split())
    for name, field in FIELDS.items():
        assert f"--{name.replace('_', '-')}" in text
        assert field.description is not None
        assert " ".join(field.description.split())[:60] in text
    assert "[default: (evolution)]" in text


def test_the_way_on_repeats_the_job(actsearch: Call, asked: list[Job]) -> None:
    """The flags that the last lines suggest make the same job, but for its trials."""
    fields = {name: wanted for name, (_, wanted) in GIVEN.items()}
    job = Job.from_mapping(fields)
    actsearch("search", *running.flags_of(job), "--trials", "7")
    assert asked == [job]
