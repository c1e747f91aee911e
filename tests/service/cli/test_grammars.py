"""`actsearch grammars`: all of them, one in full, its counts; and searches in a grammar of one's own."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from actsearch.primitives import GRAMMARS, count
from actsearch.service.cli import grammars as module

from .conftest import Call

MINE = """
title: waves and bells
shape: core-units
unary: [sin, cos, gauss, tanh]
binary: [mul, add]
constraints: {bounded: both}
"""

SEARCH = ["search", "--task", "toy.py:make_task", "--workers", "1", "--no-confirm", "--json"]


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    path = tmp_path / "mine.yaml"
    path.write_text(MINE)
    return path


@pytest.mark.parametrize("name", GRAMMARS)
def test_one_grammar_is_shown_with_its_forms_and_count(name: str, actsearch: Call) -> None:
    said = actsearch("grammars", name)
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith(name)
    assert max(map(len, said.out.splitlines()[1:])) <= 80
    row = json.loads(actsearch("grammars", name, "--json").out)
    assert row["name"] == name
    assert row["derivations"] == count(GRAMMARS[name])
    assert row["shape"] == type(GRAMMARS[name].shape).__name__


@pytest.mark.parametrize(
    ("name", "expressions", "distinct", "shapes"),
    [
        ("pangaea2022", 5_103, range(2_890, 2_931), range(1_550, 1_641)),
        ("aquasurf2023", 6_727, range(3_770, 3_820), range(2_000, 2_400)),
        ("hnas2023", 393_762_525, [None], [None]),
        ("hnas2023-l1", 6_275, range(3_900, 4_300), range(2_400, 2_800)),
    ],
)
def test_published_spaces_are_counted(
    name: str, expressions: int, distinct: Any, shapes: Any, actsearch: Call
) -> None:
    said = actsearch("grammars", name, "--count", "--json")
    assert (said.code, said.err) == (0, "")
    found = json.loads(said.out)
    assert list(found) == ["expressions", "distinct", "shapes"]
    assert found["expressions"] == expressions
    assert found["distinct"] in distinct
    assert found["shapes"] in shapes


def test_counts_are_told_in_words(actsearch: Call) -> None:
    said = actsearch("grammars", "pangaea2022-unary", "--count")
    assert "729 expressions are " in said.out
    assert "different shapes" in said.out
    too_many = actsearch("grammars", "pangaea2022-unary", "--count", "--most", "700")
    assert "729 expressions: too many to list" in too_many.out
    assert "up to 700; `--most` raises that" in " ".join(too_many.out.split())


def test_a_terminal_sees_how_far_the_count_is(
    actsearch: Call, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    told: list[tuple[int, int]] = []

    def census(grammar: object, *, most: int, on_progress: Any) -> object:
        assert on_progress is not None
        for done in range(3):
            on_progress(done, 2)
            told.append((done, 2))
        return own(GRAMMARS["pangaea2022-unary"], most=1)

    own = module.census
    monkeypatch.setattr(module, "census", census)
    monkeypatch.setattr(module, "messages", lambda: module.Console(stderr=True, force_terminal=True))
    said = actsearch("grammars", "pangaea2022-unary", "--count", "--json")
    assert told == [(0, 2), (1, 2), (2, 2)]
    assert "counting" in said.err
    assert json.loads(said.out)["expressions"] == 729


def test_a_space_beyond_all_numbers_is_shown_and_counted(actsearch: Call, tmp_path: Path) -> None:
    (tmp_path / "vast.yaml").write_text("unary: [all]\nbinary: [all]\nsize: 512\npieces: 16")
    assert re.search(r"expressions +\d\.\de\+\d{3} *\n", actsearch("grammars", "vast.yaml").out)
    said = actsearch("grammars", "vast.yaml", "--count")
    assert re.search(r"\d\.\de\+\d{3} expressions: too many to list", said.out)
    assert json.loads(actsearch("grammars", "vast.yaml", "--count", "--json").out)["expressions"] > 10**308


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["pangea2022"], "there is no grammar `pangea2022`; known, nearest first: `pangaea2022`"),
        (["none.yaml"], "the grammar file `none.yaml` cannot be read: No such file or directory"),
        (["faulty.yaml"], "the grammar file `faulty.yaml`: there is no operator or known function"),
        (["--count"], "`--count` needs the name of a grammar"),
    ],
)
def test_what_is_wrong_is_one_sentence(
    words: list[str], message: str, actsearch: Call, tmp_path: Path
) -> None:
    (tmp_path / "faulty.yaml").write_text("unary: [sinus]")
    said = actsearch("grammars", *words)
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith(f"error: {message}"), said.err
    assert len(said.err.splitlines()) == 1


def test_a_grammar_of_ones_own_is_shown_counted_and_searched(actsearch: Call, mine: Path) -> None:
    shown = actsearch("grammars", "mine.yaml")
    assert shown.out.startswith("mine: waves and bells")
    assert "bounded: both" in shown.out
    assert json.loads(actsearch("grammars", "mine.yaml", "--count", "--json").out)["expressions"] == 32
    words = [*SEARCH, "--grammar", "mine.yaml", "--sampler", "exhaustive"]
    said = actsearch(*words)
    assert said.code == 0, said.err
    board = json.loads(said.out)
    assert "32 expressions were listed" in json.loads(actsearch("jobs", "--json").out)[0]["sentence"]
    assert board["trained"] + board["rejected"] <= 32
    assert board["trained"] > 10


def test_a_job_goes_on_where_its_grammar_file_is_gone_or_changed(actsearch: Call, mine: Path) -> None:
    words = [*SEARCH, "--grammar", "mine.yaml", "--trials", "4"]
    first = json.loads(actsearch(*words).out)
    mine.rename(mine.with_name("away.yaml"))
    gone = actsearch("resume", first["job_id"], "--json")
    assert json.loads(gone.out)["job_id"] == first["job_id"]
    assert "changed" not in gone.err
    moved = [word.replace("mine.yaml", "away.yaml") for word in words]
    assert json.loads(actsearch(*moved).out)["job_id"] == first["job_id"]
    mine.write_text(MINE.replace("tanh", "erf"))
    changed = actsearch("resume", first["job_id"], "--json")
    assert json.loads(changed.out)["job_id"] == first["job_id"]
    assert f"mine.yaml has changed since job {first['job_id']} began" in changed.err
    command = changed.err.split("another job: actsearch ")[1].splitlines()[0].split()
    assert json.loads(actsearch(*command, "--json").out)["job_id"] != first["job_id"]
