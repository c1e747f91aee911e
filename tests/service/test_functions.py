"""Lists of functions: words, lines, files, stdin, the zoo, a job; what means nothing names its line."""

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from actsearch.primitives import (
    ZOO,
    ActsearchError,
    Outcome,
    Proposal,
    UnknownName,
    canonical_text,
    key,
    parse,
)
from actsearch.service.functions import Listed, of_job, of_lines, of_words, of_zoo
from actsearch.storage import Store, open_store

from .test_lookup import INFO, standing


def refuse(sentence: str) -> None:
    raise ActsearchError(sentence)


def listed(name: str) -> Listed:
    return Listed(name, key(parse(name)), canonical_text(parse(name)))


def test_lines_keep_their_order_and_leave_out_comments() -> None:
    lines = ["relu\n", "\n", "# a comment\n", "x*sin(x)  # and another\n", "  \n", "gelu"]
    found = list(of_lines(lines, "a file", None, refuse))
    assert found == [listed("relu"), listed("x*sin(x)"), listed("gelu")]


BROKEN = ["relu(", "nosuchfunction(x)", "x +", "relu(x, x)", "0123abcd"]


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_line_is_one_sentence_and_the_others_are_kept(broken: str) -> None:
    sentences: list[str] = []
    found = list(of_lines(["relu\n", f"{broken}\n", "gelu\n"], "`a.txt`", None, sentences.append))
    assert found == [listed("relu"), listed("gelu")]
    (sentence,) = sentences
    assert sentence.startswith(f"line 2 of `a.txt`, `{broken}`: ")
    assert "\n" not in sentence
    with pytest.raises(ActsearchError, match="line 1 of"):
        list(of_lines([broken], "`a.txt`", None, refuse))


def test_words_are_expressions_files_or_stdin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mine.txt"
    path.write_text("tanh\nx^2\n")
    monkeypatch.setattr("sys.stdin", io.StringIO("erf\n"))
    found = of_words(["relu", str(path), "-", "x/2"], None, refuse)
    assert list(found) == [listed(name) for name in ("relu", "tanh", "x^2", "erf", "x/2")]
    # A file that is called like a known function does not hide it.
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gelu").write_text("sin(x)")
    assert list(of_words(["gelu"], None, refuse)) == [listed("gelu")]


@pytest.mark.parametrize("content", [b"\xef\xbb\xbftanh\r\nx^2\r\n", b"tanh\rx^2"])
def test_files_of_other_editors_are_read(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "mine.txt"
    path.write_bytes(content)
    assert list(of_words([str(path)], None, refuse)) == [listed("tanh"), listed("x^2")]


@pytest.mark.parametrize("word", ["none.txt", "./none.txt", "folder.d", "/none/functions.list"])
def test_a_file_that_is_not_there_is_told_as_such(word: str, tmp_path: Path) -> None:
    (tmp_path / "folder.d").mkdir()
    with pytest.raises(ActsearchError, match=f"there is no text file `{word}`"):
        list(of_words([word], None, refuse))


def test_a_long_line_is_told_by_its_ends() -> None:
    with pytest.raises(ActsearchError, match=r"line 1 of a file, `x\+x.*….*\+x`: ") as caught:
        list(of_lines(["+".join(["x"] * 9_000)], "a file", None, refuse))
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", "x²".encode("latin-1")])
def test_a_file_that_is_no_text_is_an_error(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "binary.txt"
    path.write_bytes(content)
    with pytest.raises(ActsearchError, match="UTF-8"):
        list(of_words([str(path)], None, refuse))


def test_the_zoo_and_its_families() -> None:
    assert [one.name for one in of_zoo()] == list(ZOO)
    families = {row.family for row in ZOO.values()}
    assert sum(len(of_zoo(family)) for family in families) == len(ZOO)
    with pytest.raises(UnknownName, match="family"):
        of_zoo("rectifiers")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    def proposal(index: int, text: str, score: float | None, outcome: Outcome = Outcome.OK) -> Proposal:
        return Proposal(
            batch=0, index=index, key=listed(text).key, text=listed(text).text, choices={}, outcome=outcome,
            score=score,
        )  # fmt: skip

    with open_store(tmp_path / "home") as opened:
        for job in ("job1", "job2"):
            opened.jobs.create(job, INFO, {})
        opened.proposals.add(
            "job1",
            [
                proposal(0, "sin(x)", 1.0),
                proposal(1, "cos(x)", 3.0),
                proposal(2, "exp(x)", None, Outcome.DIVERGED),
                proposal(3, "tanh(x)", 2.0),
            ],
        )
        opened.standings.replace("job1", [standing("cos(x)"), replace(standing("relu"), role="baseline")])
        yield opened


def test_candidates_of_a_job_come_best_first(store: Store) -> None:
    found = of_job("job1", store)
    assert [(one.name, one.score) for one in found] == [("cos(x)", 3.0), ("tanh(x)", 2.0), ("sin(x)", 1.0)]
    assert [(one.name, one.score) for one in of_job("job1", store, leaders=True)] == [("cos(x)", 3.0)]


def test_a_job_without_candidates_or_leaders_is_an_error(store: Store) -> None:
    with pytest.raises(UnknownName, match="job"):
        of_job("nosuch", store)
    with pytest.raises(ActsearchError, match="no candidate that trained"):
        of_job("job2", store)
    with pytest.raises(ActsearchError, match="no confirmed leaders"):
        of_job("job2", store, leaders=True)
    with pytest.raises(ActsearchError, match="holds nothing"):
        of_job("job1", None)
