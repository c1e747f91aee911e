"""Settings in the name of a task: what is read is what was written, what is wrong is told in a sentence."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actsearch.primitives import TaskError, UnknownName
from actsearch.workers import TASKS, absolute_name, check_task, known_settings, load_task, split_name
from actsearch.workers.tasks.settings import read_settings, settled, spelt

TINY = Path(__file__).parents[1] / "tiny.py"


def make(
    word: str = "a",
    number: int = 3,
    rate: float = 0.5,
    flag: bool = False,
    file: Path | None = None,
    budget: Literal["tiny", "real"] = "real",
    level: Literal[1, 2] = 1,
    *,
    maybe: int | None = None,
    odd: list[int] = [],  # noqa: B006
    bare=None,  # type: ignore[no-untyped-def]
) -> None: ...


KNOWN = known_settings(make)


def test_settings_are_the_annotated_arguments() -> None:
    names = ["word", "number", "rate", "flag", "file", "budget", "level", "maybe"]
    assert list(KNOWN) == names
    assert [KNOWN[name].kind for name in names] == [str, int, float, bool, Path, str, int, int]
    assert KNOWN["budget"].shown == "budget=real|tiny"
    assert KNOWN["file"].shown == "file=PATH"


VALUES = st.fixed_dictionaries(
    {},
    optional={
        "word": st.text(st.characters(codec="utf-8", exclude_characters="\0\r\n"), min_size=1),
        "number": st.integers(),
        "rate": st.floats(allow_nan=False, allow_infinity=False),
        "flag": st.booleans(),
        "file": st.sampled_from([Path("a,b.csv"), Path('/data/"odd" name.csv'), Path("c:d=e.csv")]),
        "budget": st.sampled_from(["tiny", "real"]),
        "level": st.sampled_from([1, 2]),
    },
)


@given(VALUES, st.sampled_from(["tabular", "my/file.py:make_task", "a.b:make"]))
def test_what_is_spelt_is_read_again(values: dict[str, Any], place: str) -> None:
    found, text = split_name(spelt(place, values))
    assert found == place
    assert read_settings(text, KNOWN, place) == values


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("number=three", "`number` of the task `it` is `three`; a whole number would do"),
        ("number=", "a whole number would do"),
        ("number=3.5", "a whole number would do"),
        ("rate=nan", "a finite number would do"),
        ("rate=1e999", "a finite number would do"),
        ("flag=maybe", "`true` or `false` would do"),
        ("file=", "the path of a file would do"),
        ("budget=large", "is `large`; `tiny`, `real` would do"),
        ("level=3", "is `3`; `1`, `2` would do"),
        ("number=1,number=2", "stands there twice"),
        ("number=1,x", "`x`, among the settings of the task `it`, is none; `name=value` would do"),
        ('"word=a', "cannot be read"),
        ("number=1,,", "``, among the settings"),
    ],
)
def test_a_bad_value_is_told_in_a_sentence(text: str, words: str) -> None:
    with pytest.raises(TaskError) as caught:
        read_settings(text, KNOWN, "it")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["numbr", "odd", "bare"])
def test_an_unknown_setting_lists_the_known_ones(name: str) -> None:
    with pytest.raises(UnknownName) as caught:
        read_settings(f"{name}=1", KNOWN, "it")
    assert set(caught.value.known) == set(KNOWN)


def test_paths_and_defaults_make_no_other_task() -> None:
    values = read_settings("file=a.csv,number=3,flag=true", KNOWN, "it")
    assert settled(values, KNOWN) == {"flag": True}


DEEP = (
    TINY.read_text()
    .replace(
        "def make_task() -> Task:",
        "from pathlib import Path\n\n\ndef make_task(depth: int = 2, file: Path | None = None) -> Task:\n"
        "    global DEPTH\n    DEPTH = depth\n"
        "    assert file is None or file.read_text()\n",
    )
    .replace("depth=2, outputs", "depth=DEPTH, outputs")
)


@pytest.fixture
def deep(tmp_path: Path) -> Callable[[str], str]:
    (tmp_path / "deep.py").write_text(DEEP)
    return lambda settings: f"{tmp_path / 'deep.py'}:make_task{settings}"


def test_settings_reach_the_function_and_the_hash(deep: Callable[[str], str]) -> None:
    plain, same, other = (load_task(deep(text)).info.hash for text in ("", ":depth=2", ":depth=3"))
    assert plain == same != other
    assert check_task(deep(":depth=3"), elsewhere=False).facts["sites"] == [8, 8, 8]
    assert load_task(deep(":depth=3")) is load_task(deep(":depth=3"))


def test_the_place_of_a_file_is_no_part_of_the_hash_and_its_change_is_noticed(
    deep: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "one, two.txt").write_text("some")
    name = deep(f':"file={tmp_path}/one, two.txt"')
    first = load_task(name)
    assert first.info.hash == load_task(deep("")).info.hash
    assert load_task(name) is first
    (tmp_path / "one, two.txt").write_text("other")
    assert load_task(name) is not first
    monkeypatch.chdir(tmp_path)
    assert load_task('deep.py:make_task:"file=one, two.txt"').info.hash == first.info.hash


def test_a_name_becomes_absolute_in_all_its_parts(
    deep: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep("")
    monkeypatch.chdir(tmp_path)
    name = absolute_name('deep.py:make_task:"file=a,b.txt",depth=3')
    monkeypatch.chdir("/")
    assert name == f'{tmp_path}/deep.py:make_task:depth=3,"file={tmp_path}/a,b.txt"'
    assert absolute_name(name) == name
    assert absolute_name("digits-mlp") == "digits-mlp"


def test_what_must_be_given_may_be_a_setting(tmp_path: Path) -> None:
    (tmp_path / "bare.py").write_text(DEEP.replace("depth: int = 2", "depth: int"))
    name = f"{tmp_path / 'bare.py'}:make_task"
    with pytest.raises(TaskError, match=r"wants `depth`, which has no default.*make_task:depth=INT`"):
        load_task(name)
    assert load_task(f"{name}:depth=1").info.name == "tiny"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("wine-mlp:depth=3", "no setting of the task `wine-mlp` `depth`; none is known"),
        (
            "digits-mlp:tiny",
            "`tiny` is no setting of the task `digits-mlp`; `digits-mlp:name=value` would do",
        ),
        ("digts:depth=3", "there is no task `digts`"),
    ],
)
def test_settings_of_the_table_are_told_too(name: str, words: str) -> None:
    with pytest.raises((TaskError, UnknownName)) as caught:
        load_task(name)
    assert words in str(caught.value)


def test_every_row_of_the_table_that_has_a_budget_has_a_tiny_one() -> None:
    for make in TASKS.values():
        known = known_settings(make)
        assert "budget" not in known or known["budget"].choices == ("tiny", "real")


def test_other_annotations_are_no_settings() -> None:
    def late(depth: "NoSuchName" = 3) -> None: ...  # type: ignore[name-defined]  # noqa: F821

    assert known_settings(late) == {}
    assert known_settings(os.getpid) == {}
