"""`analyse`: the same rows as a table, JSON and CSV; five kinds of bad input are one sentence each."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from actsearch.primitives import ZOO, key, parse, properties
from actsearch.service.analysis import COLUMNS
from actsearch.service.cli.completion import complete_column, complete_family

from .conftest import Call

SOME = ["relu", "gelu", "x*x1", "1/x", "3", "sin(x)*exp(-x^2/2)"]


def rows(actsearch: Call, *words: str) -> list[dict[str, Any]]:
    said = actsearch("analyse", *words, "--json")
    assert said.code == 0, said.err
    return json.loads(said.out, parse_constant=lambda word: pytest.fail(f"JSON has no {word}"))


def test_json_has_every_column_of_every_function(actsearch: Call) -> None:
    found = rows(actsearch, *SOME)
    assert [row["function"] for row in found] == SOME
    assert all(list(row) == list(COLUMNS) for row in found)
    assert [row["key"] for row in found] == [key(parse(text)) for text in SOME]
    gelu = properties(parse(found[1]["text"]))
    assert found[1]["chi"] == gelu.signal.chi
    assert found[1]["flops"] == gelu.cost.flops


@pytest.mark.parametrize("columns", [100, 80])
def test_the_table_fits_and_cuts_no_number(
    columns: int, actsearch: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    said = actsearch("analyse", "--zoo")
    assert (said.code, said.err) == (0, "")
    lines = said.out.splitlines()
    assert max(map(len, lines)) <= columns
    assert len(lines) > len(ZOO)
    found = rows(actsearch, "gelu", "--columns", "chi,gain,saturated")
    (line,) = [line for line in lines if line.startswith("gelu ")]
    for name, digits in (("chi", ".3g"), ("gain", ".3g"), ("saturated", ".3f")):
        assert f"{found[0][name]:{digits}}" in line.split()


def test_a_narrow_terminal_shows_all_of_a_number(actsearch: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    said = actsearch("analyse", "gelu", "--columns", "function,chi,gain,mean,square")
    assert said.code == 0
    assert said.out.splitlines()[1].split() == ["gelu", "1.07", "1.53", "0.282", "0.425"]


def test_columns_and_order_are_a_choice(actsearch: Call) -> None:
    found = rows(actsearch, *SOME, "--columns", "function,chi", "--sort", "chi")
    assert all(list(row) == ["function", "chi"] for row in found)
    known = [row["chi"] for row in found if row["chi"] is not None]
    assert known == sorted(known)
    assert found[-1]["chi"] is None
    back = rows(actsearch, *SOME, "--columns", "function", "--sort", "chi", "--descending", "--limit", "2")
    assert [row["function"] for row in back] == ["x*x1", "gelu"] or len(back) == 2
    assert (
        back[0]["function"]
        == max((row for row in found if row["chi"] is not None), key=lambda row: row["chi"])["function"]
    )


def test_the_columns_are_listed(actsearch: Call) -> None:
    said = actsearch("analyse", "--columns", "help").out
    assert all(name in said for name in COLUMNS)
    listed = json.loads(actsearch("analyse", "--columns", "help", "--json").out)
    assert [row["name"] for row in listed] == list(COLUMNS)


def test_csv_holds_what_json_holds(actsearch: Call, tmp_path: Path) -> None:
    said = actsearch("analyse", *SOME, "--csv", "all.csv")
    assert (said.code, said.out) == (0, "")
    found = list(csv.DictReader(io.StringIO((tmp_path / "all.csv").read_text())))
    expected = rows(actsearch, *SOME)
    assert [
        {name: "" if cell is None else str(cell) for name, cell in row.items()} for row in expected
    ] == found
    again = actsearch("analyse", "relu", "--csv", "all.csv")
    assert again.code == 2
    assert "--force" in again.err
    assert (
        actsearch("analyse", "relu", "--csv", "all.csv", "--columns", "function,flops", "--force").code == 0
    )
    assert (tmp_path / "all.csv").read_text() == "function,flops\nrelu,1\n"


def test_functions_come_from_words_files_families_and_stdin(
    actsearch: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.txt").write_text("# mine\nx*tanh(x)\nx^2\n")
    monkeypatch.setattr("sys.stdin", io.StringIO("erf(x)\n"))
    found = rows(actsearch, "relu", "mine.txt", "-", "--family", "threshold", "--columns", "function")
    family = [row.name for row in ZOO.values() if row.family == "threshold"]
    assert [row["function"] for row in found] == ["relu", "x*tanh(x)", "x^2", "erf(x)", *family]
    twice = rows(actsearch, "relu", "relu", "--columns", "function")
    assert len(twice) == 1


def test_a_picture_is_written(actsearch: Call, tmp_path: Path) -> None:
    said = actsearch("analyse", *SOME, "--plot", "some.svg")
    assert (said.code, said.out) == (0, "")
    assert (tmp_path / "some.svg").read_text().startswith("<?xml")
    assert actsearch("analyse", "relu", "--plot", "some.svg").code == 2


BAD = {
    "relu(": ["analyse", "relu("],
    "nothing to analyse": ["analyse"],
    "no column `chy`": ["analyse", "relu", "--sort", "chy"],
    "names none": ["analyse", "relu", "--columns", ","],
    "no family": ["analyse", "--family", "nosuch"],
    "no job `nosuch`": ["analyse", "--job", "nosuch"],
    "name it with `--job`": ["analyse", "relu", "--leaders"],
    ".png, .svg or .pdf would do": ["analyse", "relu", "--plot", "a.gif"],
    "there is no function in": ["analyse", "empty.txt"],
    "line 2 of `bad.txt`, `relu((`": ["analyse", "bad.txt"],
}


@pytest.mark.parametrize("words", BAD)
def test_what_is_wrong_is_said_and_nothing_is_written(words: str, actsearch: Call, tmp_path: Path) -> None:
    (tmp_path / "bad.txt").write_text("relu\nrelu((\ngelu\n")
    (tmp_path / "empty.txt").write_text("# nothing\n")
    before = sorted(tmp_path.iterdir())
    said = actsearch(*BAD[words])
    assert (said.code, said.out) == (2, "")
    assert words in said.err
    assert sorted(tmp_path.iterdir()) == before


def test_bad_lines_can_be_left_out(actsearch: Call, tmp_path: Path) -> None:
    (tmp_path / "bad.txt").write_text("relu\nrelu((\ngelu\nnosuch(x)\n")
    said = actsearch("analyse", "bad.txt", "--keep-going", "--json", "--columns", "function")
    assert said.code == 0
    assert [row["function"] for row in json.loads(said.out)] == ["relu", "gelu"]
    assert "line 2 of" in said.err
    assert "line 4 of" in said.err
    assert len(said.err.splitlines()) == 2


def test_columns_and_families_are_completed() -> None:
    assert [name for name, _ in complete_column("ga")] == ["gain"]
    assert [name for name, _ in complete_column("chi,flop")] == ["chi,flops"]
    assert [name for name, _ in complete_family("thr")] == ["threshold"]
