"""A job says what it wants, and a wrong one says what is wrong with it."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from actsearch.primitives import GRAMMARS, Constraints, ExprError, JobError, TaskInfo, load_grammar
from actsearch.search import Job, make_plan

JOB = Job(task="digits-mlp")

CHANGES: dict[str, Any] = {
    "task": "inr-image",
    "grammar": "ramachandran2017",
    "grammar_text": "{unary: [sin, cos], size: 3}",
    "sampler": "random",
    "trials": 7,
    "seeds": 2,
    "epochs": 3,
    "first": ("x*sin(x)", "silu"),
    "baselines": ("relu",),
    "leaders": 2,
    "confirm_seeds": 3,
    "confirm": False,
    "batch": 3,
    "lag": 1,
    "seed": 1,
    "standardise": False,
    "stacked": True,
    "fused": False,
    "executor": "inline",
    "workers": 1,
    "time_limit_s": 9.0,
    "wall_limit_s": 99.0,
    "memory_limit_mb": 900,
    "address": "127.0.0.1:6379",
    "cpus_per_worker": 2.0,
    "gpus_per_worker": 0.5,
}

NO_RESULT = {
    *("task", "executor", "workers", "time_limit_s", "wall_limit_s", "memory_limit_mb"),
    *("address", "cpus_per_worker", "gpus_per_worker"),
}
"""Fields that do not change what a job finds; the task does by its hash."""

NO_PROPOSAL = NO_RESULT | {"trials", "baselines", "leaders", "confirm_seeds", "confirm"}
"""Fields that do not change which candidates are proposed, one after the other."""


def changed(field: str) -> Job:
    return JOB.model_copy(update={field: CHANGES[field]})


def test_every_field_is_known_here() -> None:
    assert set(CHANGES) == set(Job.model_fields)
    assert all(getattr(JOB, name) != value for name, value in CHANGES.items())


@pytest.mark.parametrize("field", CHANGES)
def test_the_id_is_of_what_changes_results(field: str) -> None:
    assert (changed(field).id("t") == JOB.id("t")) == (field in NO_RESULT)
    assert (changed(field).stream("t") == JOB.stream("t")) == (field in NO_PROPOSAL)


def test_the_id_is_of_the_tasks_content() -> None:
    assert JOB.id("t") != JOB.id("u")
    assert len(JOB.id("t")) == 12
    assert int(JOB.id("t"), 16) >= 0


def test_the_id_is_of_the_grammars_content() -> None:
    grammar = load_grammar(JOB.grammar)
    assert JOB.id("t", replace(grammar, name="mine", title="x", source="y")) == JOB.id("t")
    assert JOB.id("t", replace(grammar, pieces=1)) != JOB.id("t")
    assert JOB.id("t", replace(grammar, constraints=Constraints(smooth=1))) != JOB.id("t")
    assert len({JOB.id("t", grammar) for grammar in GRAMMARS.values()}) == len(GRAMMARS)


def test_the_id_is_of_what_a_grammar_file_says_and_not_of_its_path(tmp_path: Path) -> None:
    one, other = tmp_path / "one.yaml", tmp_path / "other.yaml"
    one.write_text("unary: [sin, cos]\nbinary: [mul]\nname: first\n")
    other.write_text("# the same in other words\nbinary: ['mul(x, y)']\nunary: ['sin(x)', cos]\n")
    jobs = [Job(task="t", grammar=str(path)) for path in (one, other)]
    assert jobs[0].id("t") == jobs[1].id("t")
    assert jobs[0].load_grammar().name == "first"
    kept = Job(task="t", grammar=str(one), grammar_text=one.read_text())
    one.write_text("unary: [sin, cos]\nbinary: [mul]\nconstraints: {smooth: 1}\n")
    assert jobs[0].id("t") != jobs[1].id("t")
    assert kept.id("t") == jobs[1].id("t")
    one.unlink()
    assert kept.id("t") == jobs[1].id("t")
    with pytest.raises(ExprError, match=r"`.*one.yaml` cannot be read: No such file"):
        jobs[0].id("t")


def test_a_plan_keeps_what_the_grammar_file_says(tmp_path: Path, info: TaskInfo) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("unary: [sin, cos]\n")
    plan = make_plan(Job(task="t", grammar=str(path)), info)
    assert plan.job.grammar_text == path.read_text()
    assert plan.grammar == load_grammar(path)
    path.unlink()
    again = make_plan(Job.from_mapping(plan.job.model_dump(mode="json")), info)
    assert (again.id, again.stream) == (plan.id, plan.stream)


@pytest.mark.parametrize("field", [name for name in CHANGES if name != "task"])
def test_yaml_json_and_python_are_one_schema(field: str, tmp_path: Path) -> None:
    job = changed(field)
    value = CHANGES[field]
    shown = f"[{', '.join(value)}]" if isinstance(value, tuple) else json.dumps(value)
    path = tmp_path / "job.yaml"
    path.write_text(f"task: digits-mlp\n{field}: {shown}\n")
    assert Job.from_yaml(path) == job
    assert Job.model_validate_json(job.model_dump_json()) == job
    assert Job.from_mapping(job.model_dump(mode="json")) == job


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, ["a job needs `task`"]),
        ({"task": "t", "trails": 3}, ["no job field `trails`", "nearest first: `trials`"]),
        ({"task": "t", "trials": 0}, ["`trials` should be greater than or equal to 1, not `0`", "train"]),
        ({"task": "t", "trials": "many"}, ["`trials`", "a valid integer", "not `many`"]),
        ({"task": "t", "batch": 2.5}, ["`batch`", "integer", "`2.5`"]),
        ({"task": "t", "confirm_seeds": 1}, ["`confirm_seeds` should be greater than or equal to 2"]),
        ({"task": "t", "baselines": []}, ["`baselines`", "at least 1 item"]),
        ({"task": "t", "baselines": "relu"}, ["`baselines`", "tuple"]),
        ({"task": ""}, ["`task`", "at least 1 character"]),
        ({"task": "t", "seeds": 0, "lag": 0}, ["`seeds`", "`lag`"]),
    ],
)
def test_a_wrong_field_is_named_with_what_would_do(values: dict[str, Any], words: list[str]) -> None:
    with pytest.raises(JobError) as caught:
        Job.from_mapping(values)
    message = str(caught.value)
    assert all(word in message for word in words), message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "holds no fields"),
        ("- task\n", "holds no fields"),
        ("task: [", "is not YAML"),
        ("task: !!timestamp 2020-13-45", "is not YAML"),
        ("[" * 5_000, "is not YAML"),
        ("task: t\n1: 2\n", "no job field `1`"),
    ],
)
def test_a_broken_file_is_named(text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / "job.yaml"
    path.write_text(text)
    with pytest.raises(JobError, match=words):
        Job.from_yaml(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(JobError, match="cannot be read: No such file"):
        Job.from_yaml(tmp_path / "none.yaml")


def test_a_job_is_a_value() -> None:
    assert hash(JOB) == hash(Job(task="digits-mlp"))
    with pytest.raises(ValueError, match="frozen"):
        JOB.trials = 3  # pyright: ignore[reportAttributeAccessIssue]


def test_a_job_needs_no_torch() -> None:
    heavy = "{'torch', 'sklearn', 'ray', 'mlflow', 'optuna'}"
    code = (
        f"import sys; from actsearch.search import Job; Job(task='t'); assert not {heavy} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
