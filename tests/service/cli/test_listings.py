"""Listings are their tables: each row once, in words and as JSON."""

import json
from collections.abc import Callable, Iterable

import pytest

from actsearch.primitives import GRAMMARS, OPS, ZOO, key, parse
from actsearch.primitives.zoo import ABSENT
from actsearch.search import SAMPLERS
from actsearch.service.cli import completion
from actsearch.storage.offers import OWN
from actsearch.workers import POOLS, TASKS

from .conftest import Call

TABLES = {"ops": list(OPS), "zoo": list(ZOO), "grammars": list(GRAMMARS), "tasks": list(TASKS)}


@pytest.mark.parametrize("listing", TABLES)
def test_every_row_is_listed(listing: str, actsearch: Call) -> None:
    rows = json.loads(actsearch(listing, "--json").out)
    assert [row["name"] for row in rows] == TABLES[listing]
    said = actsearch(listing)
    assert said.err == ""
    first = [line.split(" ")[0] for line in said.out.splitlines()[1:] if not line.startswith(" ")]
    assert first == TABLES[listing]
    assert max(map(len, said.out.splitlines())) <= 80


def test_rows_of_the_zoo_can_be_looked_up(actsearch: Call) -> None:
    for row in json.loads(actsearch("zoo", "--json").out):
        assert key(parse(row["text"])) == row["key"]
        assert row["torch"] == ZOO[row["name"]].torch
        assert row["note"] == ZOO[row["name"]].note


def test_one_family_of_the_zoo_is_listed(actsearch: Call) -> None:
    rows = json.loads(actsearch("zoo", "--family", "pieces", "--json").out)
    assert [row["name"] for row in rows] == [name for name, row in ZOO.items() if row.family == "pieces"]
    said = actsearch("zoo", "--family", "piece")
    assert said.code == 2
    assert "there is no family `piece`; known, nearest first: `pieces`" in said.err


def test_what_is_absent_is_listed_with_its_reason(actsearch: Call) -> None:
    assert {
        row["name"]: row["why"] for row in json.loads(actsearch("zoo", "--absent", "--json").out)
    } == ABSENT
    assert all(name in actsearch("zoo", "--absent").out for name in ABSENT)


@pytest.mark.parametrize(
    ("complete", "names"),
    [
        (completion.complete_function, ZOO),
        (completion.complete_grammar, GRAMMARS),
        (completion.complete_task, TASKS),
        (completion.complete_sampler, SAMPLERS),
        (completion.complete_executor, [*POOLS, OWN]),
        (completion.complete_exporter, {"torch": 0}),
    ],
    ids=lambda part: getattr(part, "__name__", ""),
)
def test_names_are_completed(complete: Callable[[str], list[tuple[str, str]]], names: Iterable[str]) -> None:
    assert {name for name, _ in complete("")} == set(names)
    first = next(iter(names))
    assert first in {name for name, _ in complete(first[:2])}
    assert complete("no such name") == []


def test_settings_of_a_task_are_listed_and_completed(actsearch: Call) -> None:
    rows = {row["name"]: row["settings"] for row in json.loads(actsearch("tasks", "--json").out)}
    assert rows["wine-mlp"] == []
    assert {"file=PATH", "kind=auto|classes|regression", "budget=real|tiny"} <= set(rows["tabular"])
    assert completion.complete_task("tabular:ki") == [("tabular:kind=", "kind=auto|classes|regression")]
    names = {name for name, _ in completion.complete_task("tabular:file=a.csv,")}
    assert "tabular:file=a.csv,target=" in names


def test_a_shell_completes_names(actsearch: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("_ACTSEARCH_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", "actsearch search --sampler ev")
    monkeypatch.setenv("COMP_CWORD", "3")
    assert actsearch().out.split() == ["evolution"]
