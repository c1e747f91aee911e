"""The same words in a data folder and at a service on the same data: output, JSON and exit code are equal."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from actsearch.primitives import key, parse
from actsearch.storage import open_store
from tests.service.cli.conftest import Call, Said, actsearch
from tests.service.http.conftest import Serve, home, modules, searched, serve

__all__ = ["actsearch", "home", "modules", "searched", "serve"]
"""Fixtures of others, which are used here too."""


@pytest.fixture
def facts(home: str) -> dict[str, str]:
    """Of the data: a job, a confirmed leader, a function that was trained alone, as key and as text."""
    with open_store(home) as store:
        (job,) = store.jobs.all()
        leader = next(one for one in store.standings.of(job.id) if one.role == "leader")
        confirmed = {one.key for one in store.standings.of(job.id)}
        other = next(
            one for one in store.proposals.of(job.id) if one.outcome == "ok" and one.key not in confirmed
        )
    return {"JOB": job.id, "LEADER": leader.key, "TEXT": leader.text, "OTHER": other.key}


LOOKS = [
    "leaderboard",
    "leaderboard --json",
    "leaderboard --task toy --limit 3 --json",
    "leaderboard --task toi",
    "show LEADER",
    "show LEADER --json",
    "show TEXT --json",
    "show OTHER --json",
    "show relu",
    "show x*sin(x)+0.125 --json",
    "show 00000000",
    "show x+",
    "export LEADER -o -",
    "export LEADER -o - --task toy",
    "export TEXT -o -",
    "export OTHER -o -",
    "export relu -o -",
    "export x*sin(x)+0.125 -o -",
    "export LEADER -o - --task toi",
    "export LEADER -o - --to nothing",
    "export 00000000 -o -",
    "zoo",
    "zoo --json",
    "zoo --family pieces",
    "zoo --family nothing",
    "ops",
    "ops --json",
    "grammars",
    "grammars --json",
    "grammars pangaea2022",
    "grammars extended --json",
    "grammars nothing",
    "jobs",
    "jobs list --json",
    "jobs logs JOB",
    "jobs logs JOB --json",
    "jobs watch JOB",
    "jobs watch 000000000000",
]
"""Words that change nothing; those in capitals stand for what the data holds."""

REFUSED = {line for line in LOOKS if re.search("toi|nothing|0000|x[+]$", line)}
"""Of these, what is a mistake."""


def both(call: Call, words: list[str], here: str, there: str) -> tuple[Said, Said]:
    return call(*words, "--home", here) if _has_home(words) else call(*words), call(*words, "--server", there)


def _has_home(words: list[str]) -> bool:
    return words[0] not in ("zoo", "ops", "grammars")


@pytest.mark.slow
def test_what_is_shown_is_the_same(
    actsearch: Call,
    serve: Serve,
    home: str,
    facts: dict[str, str],
) -> None:
    with serve(home=home) as url:
        for line in LOOKS:
            words = [facts.get(word, word) for word in line.split()]
            one, other = both(actsearch, words, home, url)
            assert (one.code, one.out) == (other.code, other.out), line
            assert (one.code == 2) == (line in REFUSED), (line, one.err)
            if one.code == 2:
                assert one.err.startswith("error: "), line
                assert other.err.startswith("error: "), line
            if "--json" in line and "logs" not in line:
                json.loads(one.out)


CHANGES = [
    "jobs priority JOB 7",
    "jobs pause JOB",
    "jobs extend JOB --trials 9",
    "jobs extend JOB --trials 2",
    "jobs clone JOB --seed 5",
    "jobs clone JOB --grammar pangaea2022 --trials 4 --json",
    "jobs clone JOB --trials 0",
    "jobs clone JOB",
    "jobs extend 000000000000 --trials 9",
    "jobs delete DONE",
    "jobs delete JOB",
    "jobs delete 000000000000",
    "jobs list --json",
    "leaderboard --json",
]


@pytest.fixture
def twins(searched: Path, tmp_path: Path) -> tuple[str, str, dict[str, str]]:
    """Two folders of the same content, and a job in both that is done and one that waits."""
    ids: dict[str, str] = {}
    homes: list[str] = []
    for name in ("one", "other"):
        homes.append(str(shutil.copytree(searched, tmp_path / name)))
        with open_store(homes[-1]) as store:
            done = store.jobs.all()[0]
            spec = {**done.spec, "seed": 3, "trials": 5}
            store.queue.submit("abcdef012345", done.task, spec)
            ids = {"JOB": "abcdef012345", "DONE": done.id}
    return homes[0], homes[1], ids


@pytest.mark.slow
def test_what_is_changed_is_the_same(
    actsearch: Call,
    serve: Serve,
    twins: tuple[str, str, dict[str, str]],
) -> None:
    here, there, ids = twins
    with serve("--allow-module", "toytasks", home=there) as url:
        for line in CHANGES:
            words = [ids.get(word, word) for word in line.split()]
            one, other = both(actsearch, words, here, url)
            assert (one.code, timeless(one.out)) == (other.code, timeless(other.out)), (line, one, other)
            if one.code == 0:
                assert one.err == other.err, line
    with open_store(here) as left, open_store(there) as right:
        jobs = [
            {job.id: (job.state, job.spec) for job in store.jobs.all() if job.id != ids["DONE"]}
            for store in (left, right)
        ]
    assert jobs[0] == jobs[1]
    assert ids["DONE"] not in jobs[0]
    assert {spec["trials"] for _, spec in jobs[0].values()} >= {4, 9}


def timeless(said: str) -> str:
    return re.sub(r'"(created|updated)": "[^"]*"', "", said)


def test_words_that_work_here_alone_refuse_a_service(actsearch: Call) -> None:
    for words in (["search", "--task", "wine-mlp"], ["dump"], ["kernel"]):
        said = actsearch("--server", "http://127.0.0.1:9", *words)
        assert said.code == 2
        assert f"`actsearch {words[0]}` works on this machine alone" in " ".join(said.err.split())


@pytest.mark.slow
def test_a_service_names_tasks_that_nobody_asked_for_yet(
    actsearch: Call,
    serve: Serve,
    home: str,
) -> None:
    with serve(home=home) as url:
        rows: list[dict[str, Any]] = json.loads(actsearch("tasks", "--server", url, "--json").out)
        assert "wine-mlp" in actsearch("tasks", "--server", url).out
    by_name = {row["name"]: row for row in rows}
    assert by_name["wine-mlp"] == {"name": "wine-mlp"}
    assert by_name["toy"]["baselines"] == ["relu", "tanh"]
    assert key(parse("relu"))
