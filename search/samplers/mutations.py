"""`MUTATIONS`: how a child's answers come from its parent's, one function a way.

Answers are keyed by the tree-shaped paths of `derive`: the node at `0.1` owns `0.1` and all that
starts with `0.1.`, so that cutting, moving and grafting a subtree is a matter of prefixes. A child
need not be complete or valid: whoever derives it chooses at random wherever the child has no
answer, or one that is not offered there.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias, TypeVar

import numpy as np

__all__ = ["MUTATIONS", "Choices", "Mutation", "Parent"]

Choices: TypeAlias = Mapping[str, str]
"""The answer at each path of a derivation."""


@dataclass(frozen=True, slots=True)
class Parent:
    """A candidate's answers, and what else was offered at the same paths."""

    choices: Choices
    options: Mapping[str, Sequence[str]]


Mutation: TypeAlias = Callable[[Parent, Parent, np.random.Generator], Choices | None]
"""`mutation(parent, donor, rng)`: the child's answers, or None where it does not apply."""


def change(parent: Parent, donor: Parent, rng: np.random.Generator) -> Choices | None:
    """Another answer at one path; below it the parent's answers stay where they are offered."""
    return _answered_otherwise(parent, list(parent.choices), rng)


def constant(parent: Parent, donor: Parent, rng: np.random.Generator) -> Choices | None:
    """Another number in place of one."""
    return _answered_otherwise(parent, [path for path in parent.choices if path.endswith(".number")], rng)


def parameter(parent: Parent, donor: Parent, rng: np.random.Generator) -> Choices | None:
    """A learnable form or number where there was a fixed one, or the other way round."""
    flips = {
        path: [option for option in parent.options[path] if _learns(option) is not _learns(answer)]
        for path, answer in parent.choices.items()
        if any(_learns(option) for option in parent.options[path])
    }
    paths = [path for path, options in flips.items() if options]
    if not paths:
        return None
    path = _one(paths, rng)
    return {**parent.choices, path: _one(flips[path], rng)}


def regenerate(parent: Parent, donor: Parent, rng: np.random.Generator) -> Choices | None:
    """A subtree forgotten, to be drawn anew."""
    nodes = _nodes(parent.choices)
    return _without(parent.choices, _one(nodes, rng)) if nodes else None


def insert(parent: Parent, donor: Parent, rng: np.random.Generator) -> Choices | None:
    """A new node above a subtree, which becomes its left or right argument."""
    inner = {
        node: [option for option in parent.options[node] if option not in _LEAVES]
        for node in _nodes(parent.choices)
    }
    nodes = [node for node, options in inner.items() if options]
    if not nodes:
        return None
    node, side = _one(nodes, rng), _one(("0", "1"), rng)
    moved = _moved(parent.choices, node, f"{node}.{side}")
    return {**_without(parent.choices, node), node: _one(inner[node], rng), **moved}


def remove(parent: Parent, donor: Parent, rng: np.random.Generator) -> Choices | None:
    """A node gives its place to one of its arguments."""
    arguments = [node for node in _nodes(parent.choices) if _above(node) in parent.choices]
    if not arguments:
        return None
    argument = _one(arguments, rng)
    node = _above(argument)
    return {**_without(parent.choices, node), **_moved(parent.choices, argument, node)}


def swap(parent: Parent, donor: Parent, rng: np.random.Generator) -> Choices | None:
    """The two arguments of a node change places."""
    choices = parent.choices
    nodes = [node for node in _nodes(choices) if f"{node}.0" in choices and f"{node}.1" in choices]
    if not nodes:
        return None
    left, right = (f"{node}.{side}" for node in [_one(nodes, rng)] for side in "01")
    rest = _without(_without(choices, left), right)
    return {**rest, **_moved(choices, left, right), **_moved(choices, right, left)}


def crossover(parent: Parent, donor: Parent, rng: np.random.Generator) -> Choices | None:
    """A subtree of the donor in the place of one of the parent's."""
    ours, theirs = _nodes(parent.choices), _nodes(donor.choices)
    if not ours or not theirs or donor.choices == parent.choices:
        return None
    node = _one(ours, rng)
    return {**_without(parent.choices, node), **_moved(donor.choices, _one(theirs, rng), node)}


MUTATIONS: Mapping[Mutation, float] = MappingProxyType(
    {
        change: 3.0,
        insert: 1.0,
        remove: 1.0,
        swap: 1.0,
        regenerate: 1.0,
        crossover: 1.0,
        constant: 1.0,
        parameter: 1.0,
    }
)
"""Each with how often it is tried, as a multiple of the others: small steps oftener than large ones."""

_LEAVES = ("input", "number")
"""Answers at a node that leave no place for arguments."""

_NODE = re.compile(r"\d+(\.\d+)*")
"""A path of a node itself; what else is asked about a node ends in a word."""

_Item = TypeVar("_Item")


def _one(items: Sequence[_Item], rng: np.random.Generator) -> _Item:
    return items[int(rng.integers(len(items)))]


def _nodes(choices: Choices) -> list[str]:
    return [path for path in choices if _NODE.fullmatch(path)]


def _above(node: str) -> str:
    return node.rpartition(".")[0]


def _owns(node: str, path: str) -> bool:
    return path == node or path.startswith(f"{node}.")


def _without(choices: Choices, node: str) -> dict[str, str]:
    return {path: answer for path, answer in choices.items() if not _owns(node, path)}


def _moved(choices: Choices, node: str, to: str) -> dict[str, str]:
    return {to + path[len(node) :]: answer for path, answer in choices.items() if _owns(node, path)}


def _learns(option: str) -> bool:
    """Whether a form declares a parameter: `b*x | b=1.0` and `p(1.0)` do."""
    return "|" in option or re.search(r"\bp\(", option) is not None


def _answered_otherwise(parent: Parent, paths: list[str], rng: np.random.Generator) -> Choices | None:
    open_paths = [path for path in paths if len(parent.options[path]) > 1]
    if not open_paths:
        return None
    path = _one(open_paths, rng)
    others = [option for option in parent.options[path] if option != parent.choices[path]]
    return {**parent.choices, path: _one(others, rng)}
