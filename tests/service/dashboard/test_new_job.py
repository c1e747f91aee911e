"""The form of a job: what it asks for is what its job file and its command line ask for."""

import re
import shlex
from html import unescape
from pathlib import Path
from statistics import median
from typing import Any
from unittest.mock import patch
from urllib.parse import quote

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from actsearch.primitives import JobError
from actsearch.search import Job
from actsearch.service.cli import main
from actsearch.service.cli.search import read_job
from actsearch.service.dashboard.jobs import command_line, written
from actsearch.storage import Store
from tests.service.http.conftest import TASK
from tests.service.http.in_process import TestClient

from .markup import read

HOSTILE = ['"><script>alert(1)</script>', "'; DROP TABLE jobs; --", "{{ 7*7 }}", "\ud800", "é" * 300, "0x10"]

jobs = st.builds(
    Job,
    task=st.sampled_from(["inr-image", "wine-mlp", "my tasks.py:make_task", "package.module:make_task"]),
    trials=st.integers(1, 500),
    grammar=st.sampled_from(["extended", "ramachandran2017"]),
    batch=st.integers(1, 32),
    seed=st.integers(0, 2**31),
    leaders=st.integers(1, 9),
    epochs=st.one_of(st.none(), st.integers(1, 50)),
    confirm=st.booleans(),
    fused=st.booleans(),
    stacked=st.booleans(),
    baselines=st.one_of(
        st.none(), st.lists(st.sampled_from(["relu", "gelu", "tanh"]), min_size=1, unique=True).map(tuple)
    ),
    time_limit_s=st.one_of(st.none(), st.sampled_from([0.5, 60.0, 3600.25])),
    memory_limit_mb=st.one_of(st.none(), st.integers(256, 4096)),
)


def said(line: str) -> Job:
    """The job that the real command line reads from these words, instead of running it."""
    found: list[Job] = []

    def read(file: Path | None, fields: dict[str, Any]) -> Job:
        found.append(read_job(file, fields))
        raise JobError("that was all")

    words = shlex.split(line)
    with (
        patch("sys.argv", words),
        patch("actsearch.service.cli.search.read_job", read),
        pytest.raises(SystemExit),
    ):
        main()
    (job,) = found
    return job


@settings(max_examples=60)
@given(job=jobs)
def test_the_job_file_that_is_shown_asks_for_the_same(job: Job) -> None:
    asked = job.model_dump(mode="json")
    assert Job.from_mapping(yaml.safe_load(written(asked))) == job


@settings(max_examples=60)
@given(job=jobs)
def test_the_command_line_that_is_shown_asks_for_the_same(job: Job) -> None:
    assert said(command_line(job.model_dump(mode="json"))) == job


def test_the_form_has_every_field_of_the_schema_with_what_would_do(pages: TestClient) -> None:
    page = read(pages.get("/jobs/new").text)
    named = {
        str(found["name"]) for kind in ("input", "select") for found in page.having(kind) if found.get("name")
    }
    assert named == {
        name for name, field in Job.model_fields.items() if field.json_schema_extra != {"flag": False}
    }
    (task,) = page.having("input", name="task")
    assert task["value"] == "inr-image"
    offered = {found.get("value") for found in page.having("option")}
    assert {"inr-image", "toy", "extended"} <= offered


def fields(job: Job) -> dict[str, str]:
    """As a person fills them in."""
    found: dict[str, str] = {}
    for name, value in job.model_dump(mode="json", exclude_defaults=True).items():
        several = isinstance(value, list)
        found[name] = (
            ";".join(value) if several else str(value).lower() if isinstance(value, bool) else str(value)
        )
    return found


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"trials": 12, "sampler": "random", "grammar": "ramachandran2017", "fused": False, "confirm": False},
        {"baselines": ("max(x, 0)", "c*tanh(b*x) | b=1.0, c=2.0 channel"), "epochs": 3},
        {"first": ("-x", "max(x, 0.1)"), "time_limit_s": 2.5, "stacked": True},
    ],
)
def test_what_is_filled_in_is_what_the_preview_asks_for(changes: dict[str, Any], pages: TestClient) -> None:
    job = Job(task="inr-image", **changes)
    answer = pages.post("/jobs/new/preview", data=fields(job))
    assert answer.status_code == 200
    page = read(answer.text)
    file, line = (part.strip() for part in blocks(answer.text))
    assert Job.from_mapping(yaml.safe_load(file)) == job
    assert said(line) == job
    assert len(page.having("svg", **{"class": "drawing"})) == 10
    assert "No training of this task is stored here" in page.text


def blocks(text: str) -> list[str]:
    """The two of the preview: the job file, and the command line."""
    found = [unescape(part) for part in re.findall(r"<pre[^>]*><code>(.*?)</code></pre>", text, re.DOTALL)]
    assert len(found) == 2
    return found


def test_the_time_is_estimated_from_what_is_stored(pages: TestClient, store: Store) -> None:
    took = sorted(one.wall_s for one in store.evaluations.of() if one.lane.protocol.phase == "search")
    assert took
    said = read(pages.post("/jobs/new/preview", data={"task": "toy", "trials": "30", "seeds": "2"}).text).text
    assert "so that 60 take about" in said
    assert f"one training of the search took {median(took):.2g} s" in said


@pytest.mark.parametrize("word", HOSTILE)
@pytest.mark.parametrize("name", ["task", "grammar", "sampler", "trials", "baselines", "executor"])
def test_a_hostile_form_is_answered_in_words(name: str, word: str, pages: TestClient) -> None:
    asked = {"task": "inr-image", name: word}
    body = "&".join(f"{key}={quote(value, errors='surrogatepass')}" for key, value in asked.items())
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    preview = pages.post("/jobs/new/preview", content=body, headers=headers)
    assert preview.status_code == 200
    assert not read(preview.text).having("script")
    assert "<script>alert" not in preview.text


def test_a_form_that_cannot_be_understood_comes_back_filled_in(pages: TestClient) -> None:
    answer = pages.post("/jobs/new", data={"task": "nowhere", "trials": "0", "seed": "7"})
    assert answer.status_code == 422
    page = read(answer.text)
    assert [page.having("input", name=name)[0]["value"] for name in ("task", "trials", "seed")] == [
        "nowhere",
        "0",
        "7",
    ]
    assert page.having("p", role="alert")
    assert pages.get("/jobs").text.count("toytasks") == 0


def test_a_form_becomes_a_job_once_however_often_it_is_sent(pages: TestClient, store: Store) -> None:
    asked = {"task": TASK, "trials": "4", "executor": "inline", "stacked": "false", "fused": "false"}
    first, again = (pages.post("/jobs/new", data=asked) for _ in range(2))
    assert first.status_code == again.status_code == 303
    assert first.headers["location"] == again.headers["location"]
    (job,) = [one for one in store.jobs.all() if one.state == "queued"]
    assert first.headers["location"] == f"/jobs/{job.id}"
    assert (job.spec["trials"], job.spec["stacked"]) == (4, False)
    like = read(pages.get(f"/jobs/new?like={job.id}").text)
    assert like.having("input", name="trials")[0]["value"] == "4"


def test_a_form_has_no_more_fields_than_it_may(pages: TestClient) -> None:
    body = "&".join(f"a{number}=1" for number in range(101))
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert pages.post("/jobs/new", content=body, headers=headers).status_code == 400
