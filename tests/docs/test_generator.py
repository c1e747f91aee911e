"""Reference pages: whole tables, formulas that GitHub typesets, equal bytes each time, noticed when old."""

import re
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from actsearch.primitives import GRAMMARS, OPS, ZOO, Constraints, Known, Limits, Outcome, count, params, parse
from actsearch.search import Job
from docs.generator import __main__ as program
from docs.generator import picture
from docs.generator.markdown import field_words, formula, kind, prose, table
from docs.generator.pages import PAGES

BAR = re.compile(r"(?<!\\)\|")


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    return {name: make() for name, make in PAGES.items()}


@pytest.mark.parametrize("name", PAGES)
def test_tables_are_whole(name: str, pages: dict[str, str]) -> None:
    """Every line of a table has as many cells as its head, whatever bars its cells hold."""
    lines, cells = pages[name].splitlines(), 0
    for before, line in zip(["", *lines], lines, strict=False):
        if line.startswith("|"):
            cells = len(BAR.findall(line)) if not before.startswith("|") else cells
            assert len(BAR.findall(line)) == cells, line
    assert cells


@pytest.mark.parametrize("name", PAGES)
def test_pages_hold_neither_times_nor_places(name: str, pages: dict[str, str]) -> None:
    text = pages[name]
    assert text == PAGES[name]()
    assert str(Path.home()) not in text
    assert str(Path(__file__).parents[2]) not in text
    assert " object at 0x" not in text
    assert "lambda" not in text
    assert "<class" not in text
    assert text.endswith("\n")
    assert not text.endswith("\n\n")


@pytest.mark.parametrize("name", ["operators.md", "zoo.md"])
def test_formulas_are_what_github_typesets(name: str, pages: dict[str, str]) -> None:
    found = re.findall(r"\$`(.*?)`\$", pages[name])
    assert len(found) >= (len(OPS) if name == "operators.md" else len(ZOO))
    for latex in found:
        assert "|" not in latex
        assert r"\operatorname" not in latex
        assert latex.count("{") == latex.count("}")
        assert latex.count(r"\left") == latex.count(r"\right") + latex.count(r"\leftarrow")


def test_pages_say_what_the_rows_say(pages: dict[str, str]) -> None:
    for op in OPS.values():
        line = next(line for line in pages["operators.md"].splitlines() if line.startswith(f"| `{op.name}` "))
        assert op.formula.replace("|", r"\|") in line
        assert op.source in line
    for row in ZOO.values():
        line = next(line for line in pages["zoo.md"].splitlines() if line.startswith(f"| `{row.name}` "))
        assert f"`{row.text}`".replace("|", r"\|") in line
        assert row.source in line
        assert all(f"`{param.name}` from {param.init:g}" in line for param in params(parse(row.text)))
    for grammar in GRAMMARS.values():
        assert f"{count(grammar):,}" in pages["grammars.md"]
    for name, field in Job.model_fields.items():
        assert f"| `{name}` |" in pages["job.md"]
        assert " ".join((field.description or "").split()).replace("|", r"\|") in pages["job.md"]


def test_a_page_that_is_old_missing_or_left_over_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "docs" / "reference"
    folder.mkdir(parents=True)
    (tmp_path / "docs" / "images").mkdir()
    monkeypatch.setattr(program, "DOCS", tmp_path / "docs")
    monkeypatch.setattr(program, "FOLDER", folder)
    monkeypatch.setattr(program, "PAGES", {"one.md": lambda: "# One\n", "two.md": lambda: "# Two\n"})
    (folder / "two.md").write_text("# Two, as it was\n")
    (folder / "gone.md").write_text("# Gone\n")
    monkeypatch.setattr("sys.argv", ["docs.generator", "--check"])
    assert program.main() == 1
    said = capsys.readouterr().err
    assert all(name in said for name in ("one.md", "two.md", "gone.md", "zoo.png", "run `make docs`"))
    monkeypatch.setattr("sys.argv", ["docs.generator"])
    assert program.main() == 0
    assert sorted(path.name for path in folder.iterdir()) == ["one.md", "two.md"]
    monkeypatch.setattr("sys.argv", ["docs.generator", "--check"])
    assert program.main() == 0


def test_the_picture_belongs_to_its_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = picture.zoo_picture()
    assert len(drawn) < 300_000
    path = tmp_path / "zoo.png"
    assert not picture.is_current(path)
    path.write_bytes(drawn)
    assert picture.is_current(path)
    with Image.open(BytesIO(drawn)) as image:
        colours = image.convert("RGB").getcolors(100_000)
    assert colours is not None
    assert len(colours) > 9  # families, and the ink
    more = {**ZOO, "new": Known("new", "x + 1", "x + 1", "linear", "nobody")}
    monkeypatch.setattr(picture, "ZOO", more)
    assert not picture.is_current(path)


def test_words_beside_fields_are_read_off_the_source() -> None:
    assert field_words(Limits)["size"] == "Nodes."
    assert field_words(Constraints)["params"] == "At most so many learnable parameters."
    assert field_words(Outcome)["LOST"].startswith("Its worker died")


def test_markdown() -> None:
    assert table(("a", "b"), [("x|y", "1\n2")]) == "| a | b |\n| --- | --- |\n| x\\|y | 1 2 |"
    assert formula(r"\left|x\right| + \operatorname{erf}") == r"$`\left\vert x\right\vert + \mathrm{erf}`$"
    assert kind(int | None) == "whole number"
    assert kind(tuple[str, ...] | None) == "list of texts"
    assert prose("One <two>.\n\n        Three < four.\n    ") == "One \\<two>.\n\nThree \\< four."
