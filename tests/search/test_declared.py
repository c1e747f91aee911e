"""Tasks that are declared: what they say, what their hash knows, what is wrong with one."""

from pathlib import Path
from typing import Any

import pytest

from actsearch.primitives import ActsearchError, TaskError, UnknownName, point
from actsearch.search.declared import Declared, is_declared

SAID: dict[str, Any] = {
    "name": "my-loop",
    "score": "accuracy",
    "chance": 0.1,
    "default": {"lr": 0.01, "wd": 0},
    "grid": [{"lr": 0.01, "wd": 0}, {"lr": 0.1, "wd": 0.5}],
    "baselines": ["relu", "silu", "x*tanh(x)"],
    "epochs": 5,
}


def declared(**changes: Any) -> Declared:
    return Declared.model_validate({**SAID, **changes})


def test_a_declaration_is_what_a_search_has_to_know() -> None:
    info = declared(confirm_epochs=9, derivatives=2).info()
    assert (info.name, info.score, info.chance, info.title) == ("my-loop", "accuracy", 0.1, "my-loop")
    assert info.default == point(lr=0.01, wd=0)
    assert info.grid == (point(lr=0.01, wd=0), point(lr=0.1, wd=0.5))
    assert [one.text for one in info.baselines] == ["relu(x)", "x*sigmoid(x)", "x*tanh(x)"]
    assert (info.search.phase, info.search.epochs, info.search.derivatives) == ("search", 5, 2)
    assert (info.confirm.phase, info.confirm.epochs) == ("confirm", 9)
    assert info.search.optimiser == "own"


def test_its_hash_is_its_content_but_for_words() -> None:
    same = declared().info().hash
    assert declared(title="My loop", description="at work").info().hash == same
    others = [{"version": 2}, {"name": "other"}, {"epochs": 6}, {"chance": 0.2}, {"baselines": ["relu"]}]
    hashes = {declared(**other).info().hash for other in others}
    assert len(hashes | {same}) == len(others) + 1


def test_without_a_grid_the_default_is_all() -> None:
    assert declared(grid=None, default={}).info().grid == ((),)


WRONG: list[tuple[dict[str, Any], type[ActsearchError], str]] = [
    ({"grid": [{"lr": 0.1}]}, TaskError, "all name the same settings"),
    ({"baselines": ["swiglu"]}, TaskError, "takes 2 pieces, and `max_pieces` is 1"),
    ({"baselines": ["swosh"]}, UnknownName, "there is no known function `swosh`|`swosh`"),
    ({"baselines": ["sin("]}, ActsearchError, "sin"),
]


@pytest.mark.parametrize(("change", "kind", "said"), WRONG, ids=str)
def test_what_no_task_can_be_is_said(change: dict[str, Any], kind: type[ActsearchError], said: str) -> None:
    with pytest.raises(kind, match=said):
        declared(**change).info()


TEXTS = [
    ("name: [", "is neither YAML nor JSON"),
    ("- a", "holds no fields"),
    ("name: x", "`score`: field required"),
    ("name: a/b\nscore: s\nchance: 0\nbaselines: [relu]\nepochs: 1", "`name`: string should match"),
    ("name: a\nscore: s\nchance: .nan\nbaselines: [relu]\nepochs: 1", "`chance`: input should be a finite"),
    ("name: a\nscore: s\nchance: 0\nbaselines: []\nepochs: 0", "`epochs`: input should be greater"),
    ("name: a\nscore: s\nchance: 0\nbaselines: [relu]\nepochs: 1\nepoch: 2", "`epoch`: extra inputs"),
]


@pytest.mark.parametrize(("text", "said"), TEXTS)
def test_a_file_that_is_wrong_names_its_field(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "task.yaml"
    path.write_text(text)
    with pytest.raises(TaskError, match=said):
        Declared.from_file(path)


def test_files_are_found_by_their_endings(tmp_path: Path) -> None:
    (tmp_path / "task.json").write_text(declared().model_dump_json())
    assert Declared.from_file(tmp_path / "task.json") == declared()
    with pytest.raises(TaskError, match="cannot be read: No such file"):
        Declared.from_file(tmp_path / "nothing.yml")
    assert [name for name in ("a.yaml", "b.yml", "c.json", "d.py:make", "wine-mlp") if is_declared(name)] == [
        "a.yaml",
        "b.yml",
        "c.json",
    ]
