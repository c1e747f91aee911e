"""Words that begin as options do: `words` in, what the parser is given out."""

import pytest

from actsearch.service.cli.minus import sorted_words

FLAGS, VALUED = {"--json", "--force", "-h"}, {"--out", "-o", "--seed"}

CASES: list[tuple[str, str]] = [
    ("x --json", "x --json"),
    ("-x", "-- -x"),
    ("-x --json", "--json -- -x"),
    ("a -x b -o f", "-o f -- a -x b"),
    ("-x -of", "-of -- -x"),
    ("x --seed -1", "x --seed -1"),
    ("-x --seed -1", "--seed -1 -- -x"),
    ("x -o -", "x -o -"),
    ("x --out", "x --out"),
    ("-x --out", "--out -- -x"),
    ("-x --out=f", "--out=f -- -x"),
    ("-h", "-h"),
    ("--jsn -x", "--jsn -- -x"),
    ("-- -x", "-- -x"),
    ("a -- -x --json", "a -- -x --json"),
    ("-a -- -x --json", "-- -a -x --json"),
    ("", ""),
]


@pytest.mark.parametrize(("words", "sorted_so"), CASES)
def test_words_behind_one_minus_are_arguments_unless_they_are_options(words: str, sorted_so: str) -> None:
    assert sorted_words(words.split(), FLAGS, VALUED) == sorted_so.split()
