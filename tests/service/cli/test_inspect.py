"""`actsearch inspect`: what a person and a program read of it."""

import json
import shlex

import pytest

from .conftest import Call


def test_a_model_is_described(actsearch: Call) -> None:
    said = actsearch("inspect", "toy.py:make_task", "--steps", "30")
    assert said.code == 0, said.err
    for words in ("with `relu` at its sites, 30 of 30 steps", "layers, before training", "sites, after 30"):
        assert words in said.out
    last = said.out.strip().splitlines()[-1]
    assert last.startswith("To try others: actsearch compare relu ")
    assert last.endswith(" --task toy.py:make_task")


def test_the_same_as_json(actsearch: Call) -> None:
    asked = ("inspect", "toy.py:make_task", "--steps", "30", "--function", "sigmoid(x)", "--json")
    found = json.loads(actsearch(*asked).out)
    assert [site["old"] for site in found["sites"]] == ["sigmoid(x)"]
    assert len(found["losses"]) == found["steps"] == 30
    assert [layer["kind"] for layer in found["layers"]] == ["Linear", "Linear"]
    command = shlex.split(found["command"])
    assert command[:3] == ["actsearch", "compare", "sigmoid(x)"]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (("nothing.py:make_task",), "nothing.py"),
        (("digits-mpl",), "digits-mlp"),
        (("toy.py:make_task", "--function", "tahn(x)"), "tanh"),
    ],
)
def test_what_cannot_be_looked_at_is_told(actsearch: Call, asked: tuple[str, ...], words: str) -> None:
    said = actsearch("inspect", *asked)
    assert said.code == 2
    assert words in said.err
    assert "Traceback" not in said.err
