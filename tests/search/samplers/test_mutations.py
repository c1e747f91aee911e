"""Each mutation does what its name says to the answers of a derivation, and any grammar accepts the rest."""

from collections.abc import Sequence

import numpy as np
import pytest

from actsearch.primitives import (
    GRAMMARS,
    Chooser,
    Expr,
    Grammar,
    derive,
    format,
    params,
    random_chooser,
    replay,
)
from actsearch.primitives.shapes import form
from actsearch.search.samplers.mutations import (
    MUTATIONS,
    Choices,
    Mutation,
    Parent,
    change,
    constant,
    insert,
    parameter,
    regenerate,
    remove,
    swap,
)

EXTENDED = GRAMMARS["extended"]


def drawn(grammar: Grammar, rng: np.random.Generator) -> tuple[Parent, Expr]:
    """A random candidate with all that was offered on the way."""
    choices: dict[str, str] = {}
    offered: dict[str, Sequence[str]] = {}
    choose = random_chooser(rng)

    def note(path: str, options: Sequence[str]) -> str:
        offered[path], choices[path] = options, choose(path, options)
        return choices[path]

    expr = derive(note, grammar)
    return Parent(choices, offered), expr


def derived(choices: Choices, fallback: Chooser, grammar: Grammar = EXTENDED) -> Expr:
    return derive(replay(choices, fallback), grammar)


def learns(form: str) -> bool:
    return "|" in form or form.startswith("p(")


def complete(path: str, options: Sequence[str]) -> str:
    raise AssertionError(f"`{path}` has no answer among {options}")


CANNOT = {
    "bingham2020": {constant, parameter},
    "bingham2020-balanced": {constant, parameter},
    "pangaea2022": {constant, parameter},
    "pangaea2022-unary": {constant, parameter, swap},
    "aquasurf2023": {constant, parameter},
    "aquasurf2023-nary": {constant, parameter},
}
"""Mutations that have nothing to work on, where there is more than that no grammar but trees has numbers."""


@pytest.mark.parametrize("grammar", GRAMMARS.values(), ids=lambda grammar: grammar.name)
@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.__name__)
def test_children_are_derivations_and_parents_stay_as_they_are(mutation: Mutation, grammar: Grammar) -> None:
    rng = np.random.default_rng(0)
    applied = differed = 0
    for _ in range(150):
        (parent, expr), (donor, _) = drawn(grammar, rng), drawn(grammar, rng)
        before = dict(parent.choices)
        child = mutation(parent, donor, rng)
        assert parent.choices == before
        if child is not None:
            applied += 1
            differed += derived(child, random_chooser(rng), grammar) != expr
    if applied:
        assert differed > 0.5 * applied
    elif grammar is EXTENDED or mutation not in CANNOT.get(grammar.name, {constant}):
        pytest.fail(f"`{mutation.__name__}` never applied")


@pytest.mark.parametrize("mutation", [change, constant, parameter])
def test_one_answer_changes_and_no_other(mutation: Mutation) -> None:
    rng = np.random.default_rng(1)
    for _ in range(200):
        parent, _ = drawn(EXTENDED, rng)
        child = mutation(parent, parent, rng)
        if child is not None:
            [path] = [path for path in parent.choices if child[path] != parent.choices[path]]
            assert child[path] in parent.options[path]
            assert child.keys() == parent.choices.keys()
            if mutation is constant:
                assert path.endswith(".number")
            if mutation is parameter:
                learns = [
                    text != "more" and bool(params(form(text)))
                    for text in (child[path], parent.choices[path])
                ]
                assert learns[0] is not learns[1]


def test_swap_exchanges_the_arguments_of_one_node() -> None:
    """sub(sin(x), tanh(x)) becomes sub(tanh(x), sin(x))."""
    choices = {
        "pieces": "1",
        "0": "binary",
        "0.binary": "sub(x, y)",
        "0.0": "unary",
        "0.0.unary": "sin(x)",
        "0.0.0": "input",
        "0.1": "unary",
        "0.1.unary": "tanh(x)",
        "0.1.0": "input",
    }
    parent = Parent(choices, {path: (answer,) for path, answer in choices.items()})
    child = swap(parent, parent, np.random.default_rng(0))
    assert child is not None
    assert format(derived(choices, complete)) == "sin(x) - tanh(x)"
    assert format(derived(child, complete)) == "tanh(x) - sin(x)"


def test_insert_adds_one_node_and_remove_takes_at_least_one_away() -> None:
    rng = np.random.default_rng(2)
    for _ in range(200):
        parent, _ = drawn(EXTENDED, rng)
        more, less = insert(parent, parent, rng), remove(parent, parent, rng)
        assert more is not None
        assert nodes(more) == nodes(parent.choices) + 1
        assert less is None or nodes(less) < nodes(parent.choices)


def nodes(choices: Choices) -> int:
    return sum(path[-1].isdigit() for path in choices)


def test_regenerate_forgets_one_whole_subtree() -> None:
    rng = np.random.default_rng(3)
    for _ in range(200):
        parent, _ = drawn(EXTENDED, rng)
        child = regenerate(parent, parent, rng)
        assert child is not None
        forgotten = parent.choices.keys() - child.keys()
        root = min(forgotten, key=len)
        assert all(path == root or path.startswith(f"{root}.") for path in forgotten)
        assert all(child[path] == parent.choices[path] for path in child)
