"""Which modules' tasks may run: by whole parts of their names, and where two operators agree."""

import pytest

from actsearch.primitives import TaskError
from actsearch.service.allowed import allows, both, module_of, must_allow

AGREED = [
    ((), ("a",), ()),
    (("a",), ("a",), ("a",)),
    (("a",), ("a.b",), ("a.b",)),
    (("a.b", "c"), ("a", "c.d"), ("a.b", "c.d")),
    (("a",), ("ab",), ()),
]


@pytest.mark.parametrize(("some", "others", "agreed"), AGREED)
def test_two_operators_allow_what_both_allow(
    some: tuple[str, ...], others: tuple[str, ...], agreed: tuple[str, ...]
) -> None:
    assert both(some, others) == agreed
    assert set(both(others, some)) == set(agreed)
    for module in ("a", "a.b", "a.b.c", "ab", "c", "c.d", "c.e"):
        assert allows(agreed, module) == (allows(some, module) and allows(others, module))


@pytest.mark.parametrize(
    ("task", "module"),
    [
        ("wine-mlp", ""),
        ("tabular:file=a,target=b", ""),
        ("/home/me/task.py:make", ""),
        ("task.py:make:depth=3", ""),
        ("package.module:make", "package.module"),
        ("package.module:make:depth=3", "package.module"),
    ],
)
def test_a_tasks_name_says_whose_code_it_is(task: str, module: str) -> None:
    assert module_of(task) == module
    must_allow(["package"], task)
    if module:
        with pytest.raises(TaskError, match=r"runs none; start one with `--allow-module package\.module`"):
            must_allow([], task)
    else:
        must_allow([], task)
