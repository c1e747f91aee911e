"""`Grammar`: which expressions may be proposed; `derive` draws one by asking a chooser.

    derive(choose, grammar) -> Expr          choose(path, options) -> one of the options

An Optuna trial, a random generator, an enumeration and a replay are all choosers. What is offered
at a path depends on the path and the grammar alone, never on an earlier answer (an earlier answer
decides only whether the path is asked), and it is asked even where there is but one option, so a
recording of (path, answer) pairs is complete and repeats the derivation.

Paths are tree-shaped. A node of the derivation stands at a path of digits, `0` the root of `Chain`
and `Trees`; its arguments stand at `P.0` (of a unary form, or left) and `P.1` (right). What belongs
to the node alone ends in a word. So the subtree at `P` owns `P` and every path that starts with
`P.`: cut, moved to another `P`, or grafted from another recording, it is a subtree again. Answers
that are no option at their new place are asked afresh (see `replay`). In `Trees`, sin(2*x) * x is

    0          binary      0.binary      mul(x, y)
    0.0        unary       0.0.unary     sin(x)
    0.0.0      binary      0.0.0.binary  mul(x, y)
    0.0.0.0    input
    0.0.0.1    number      0.0.0.1.number    2
    0.1        input
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, get_args

import numpy as np

from .constraints import Constraints
from .errors import ExprError, UnknownName
from .expr import MAX_DEPTH, MAX_SIZE, Expr, Input, Param, params, rename, substitute, walk
from .extent import derivations, largest
from .shapes import (
    MORE,
    ROOT,
    Chain,
    CoreUnits,
    Forms,
    Gated,
    Levels,
    Shape,
    Trees,
    arguments,
    form,
    kinds,
    shares,
    unit_inputs,
)

__all__ = [
    "Chooser",
    "Grammar",
    "count",
    "derive",
    "every",
    "following",
    "random_chooser",
    "random_expr",
    "record",
    "replay",
]

Chooser: TypeAlias = Callable[[str, Sequence[str]], str]
"""Takes a path and the options there, returns one of the options."""

_Leaf: TypeAlias = Callable[[str], Expr]
_PIECES = ("1", "several")
_MOST_TOLD = 1_000_000


@dataclass(frozen=True, slots=True)
class Grammar:
    """A space of expressions. Raises `ExprError` where a form is none, or expressions grow too large.

    Only the scales of a few functions, for instance:

        scales = ("0.5*x", "x", "2*x")
        Grammar("placebo", Chain((scales, ("relu(x)", "gelu(x)", "tanh(x)"), scales)))

    With `pieces` of 2 or more, an expression is over one piece or several (asked at `pieces`); over
    several, each input is asked for its piece (at `P.piece`), and pieces are numbered by first
    occurrence. `dataclasses.replace(grammar, pieces=1)` keeps to the pre-activation.
    """

    name: str
    shape: Shape
    pieces: int = 1
    title: str = ""
    source: str = ""
    """Paper (authors, year, arXiv id)."""
    constraints: Constraints = field(default_factory=Constraints)
    """What a candidate must keep to be trained; the grammar offers others too, and they are refused."""

    def __post_init__(self) -> None:
        for name in ("name", "title", "source"):
            if not isinstance(getattr(self, name), str):
                raise ExprError(f"the `{name}` of a grammar is a text, not `{getattr(self, name)!r}`")
        if not isinstance(self.shape, get_args(Shape)):
            known = ", ".join(f"`{shape.__name__}`" for shape in get_args(Shape))
            raise ExprError(f"the shape of grammar `{self.name}` is one of {known}, not `{self.shape!r}`")
        if not isinstance(self.constraints, Constraints):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ExprError(
                f"the constraints of grammar `{self.name}` are `Constraints(...)`, not `{self.constraints!r}`"
            )
        if not isinstance(self.pieces, int) or not 1 <= self.pieces <= 16:  # pyright: ignore[reportUnnecessaryIsInstance]
            raise ExprError(f"grammar `{self.name}` has from 1 to 16 pieces, not `{self.pieces!r}`")
        if isinstance(self.shape, Gated) and self.pieces != 2:
            raise ExprError(
                f"grammar `{self.name}` has a gate and a value, which are of 2 pieces, not of {self.pieces}"
            )
        size, depth = largest(self.shape)
        if size > MAX_SIZE or depth > MAX_DEPTH:
            nodes = f"{size}" if size <= _MOST_TOLD else f"more than {_MOST_TOLD:,}"
            raise ExprError(
                f"grammar `{self.name}` can grow expressions of {nodes} nodes and depth {depth}; at most "
                f"{MAX_SIZE} and {MAX_DEPTH} are allowed, so give its shape fewer units, stages or nodes"
            )
        if derivations(self.shape) == 0 or (isinstance(self.shape, Trees) and self.shape.is_bare):
            raise ExprError(f"grammar `{self.name}` derives nothing; give its shape forms to choose from")


def derive(choose: Chooser, grammar: Grammar) -> Expr:
    """The expression that the answers of `choose` lead to, not canonicalised.

    Raises `UnknownName` where an answer is none of the options.
    """
    choose = _checked(choose)
    if isinstance(grammar.shape, Gated):
        return _tidy(_gated(choose, grammar.shape))
    several = grammar.pieces > 1 and choose("pieces", _PIECES) == _PIECES[1]
    numbers = tuple(str(piece) for piece in range(grammar.pieces))

    def leaf(path: str) -> Expr:
        return Input(int(choose(f"{path}.piece", numbers))) if several else Input(0)

    match grammar.shape:
        case Chain(levels) | Levels(levels):
            expr = _levels(choose, leaf, levels, ROOT)
        case CoreUnits() as shape:
            expr = _core_units(choose, leaf, shape)
        case Trees() as shape:
            expr = _tree(choose, leaf, shape, ROOT, shape.size)
    return _tidy(expr)


def _levels(choose: Chooser, leaf: _Leaf, levels: tuple[Forms, ...], path: str) -> Expr:
    if not levels:
        return leaf(path)
    text = choose(path, levels[0])
    below = (_levels(choose, leaf, levels[1:], f"{path}.{side}") for side in range(arguments(text)))
    return _apply(text, path, *below)


def _gated(choose: Chooser, shape: Gated) -> Expr:
    join = choose(ROOT, shape.join)
    sides = (
        _apply(choose(path, forms), path, Input(piece))
        for piece, (path, forms) in enumerate([(f"{ROOT}.0", shape.gate), (f"{ROOT}.1", shape.value)])
    )
    return _apply(join, ROOT, *sides)


def _core_units(choose: Chooser, leaf: _Leaf, shape: CoreUnits) -> Expr:
    units = 1
    if shape.units > 1:
        units = int(choose("units", tuple(str(number) for number in range(1, shape.units + 1))))
    outputs: list[Expr] = []
    for unit in range(units):
        binary = choose(f"{unit}", shape.binary)
        sources = choose(f"{unit}.inputs", unit_inputs(unit)) if unit else unit_inputs(0)[0]
        arguments: list[Expr] = []
        for side, source in enumerate(sources.split(",")):
            path = f"{unit}.{side}"
            unary = choose(path, shape.unary)
            arguments.append(_apply(unary, path, leaf(path) if source == "x" else outputs[int(source)]))
        outputs.append(_apply(binary, f"{unit}", *arguments))
    return outputs[-1]


def _tree(choose: Chooser, leaf: _Leaf, shape: Trees, path: str, budget: int) -> Expr:
    left, right = shares(budget)
    kind = choose(path, kinds(shape, path, budget))
    if kind == "input":
        return leaf(path)
    if kind == "number":
        return _apply(choose(f"{path}.number", shape.numbers), path)
    if kind == "unary":
        text = choose(f"{path}.unary", (*shape.unary, *((MORE,) if shape.more else ())))
        if text == MORE:
            text = choose(f"{path}.more", shape.more)
        return _apply(text, path, _tree(choose, leaf, shape, f"{path}.0", left))
    text = choose(f"{path}.binary", shape.binary)
    first = _tree(choose, leaf, shape, f"{path}.0", left)
    return _apply(text, path, first, _tree(choose, leaf, shape, f"{path}.1", right))


def _apply(text: str, path: str, *arguments: Expr) -> Expr:
    """The form over the arguments, its parameters named after the path so that each use has its own."""
    body = form(text)
    fresh = rename(body, {param.name: f"{param.name}@{path}" for param in params(body)})
    return substitute(fresh, {Input(piece): argument for piece, argument in enumerate(arguments)})


def _tidy(expr: Expr) -> Expr:
    """Pieces numbered and parameters named by first occurrence."""
    inputs = dict.fromkeys(node for node in walk(expr) if isinstance(node, Input))
    leaves: dict[Expr, Expr] = {node: Input(piece) for piece, node in enumerate(inputs)}
    for number, node in enumerate(params(expr), start=1):
        leaves[node] = Param(f"b{number}", node.init, node.scope)
    return substitute(expr, leaves)


def _checked(choose: Chooser) -> Chooser:
    def checked(path: str, options: Sequence[str]) -> str:
        answer = choose(path, options)
        if answer not in options:
            raise UnknownName(f"option at path `{path}` called", answer, options)
        return answer

    return checked


def count(grammar: Grammar) -> int:
    """Number of different derivations; several may lead to one function."""
    asked = grammar.pieces > 1 and not isinstance(grammar.shape, Gated)
    several = derivations(grammar.shape, grammar.pieces) if asked else 0
    return derivations(grammar.shape) + several


def random_chooser(rng: np.random.Generator) -> Chooser:
    """Every option equally likely."""
    return lambda path, options: options[int(rng.integers(len(options)))]


def random_expr(rng: np.random.Generator, grammar: Grammar) -> Expr:
    """One random derivation."""
    return derive(random_chooser(rng), grammar)


def replay(choices: Mapping[str, str], fallback: Chooser) -> Chooser:
    """The recorded answer where it is an option, that of `fallback` elsewhere."""

    def choose(path: str, options: Sequence[str]) -> str:
        answer = choices.get(path)
        return fallback(path, options) if answer is None or answer not in options else answer

    return choose


def record(chooser: Chooser) -> tuple[Chooser, dict[str, str]]:
    """A chooser that answers as `chooser` does, and the dict that it fills with (path, answer)."""
    choices: dict[str, str] = {}

    def choose(path: str, options: Sequence[str]) -> str:
        choices[path] = chooser(path, options)
        return choices[path]

    return choose, choices


def every(grammar: Grammar) -> Iterator[Expr]:
    """All derivations, one after another: `count(grammar)` of them."""
    return (expr for _, expr in following(grammar))


def following(
    grammar: Grammar, choices: Mapping[str, str] | None = None
) -> Iterator[tuple[dict[str, str], Expr]]:
    """The derivations after the one of these `choices` (all of them by default), each with its choices.

    In the order of the options, the last answer varying first: each time the last answer that can still
    grow is moved on, and what follows starts at the first option again. Where to go on is read off
    `choices`, at the cost of one derivation however many came before. Raises `UnknownName` where the
    choices are of another grammar.
    """
    trail: list[int] | None = [] if choices is None else _after(grammar, choices)
    while trail is not None:
        choose, widths, asked = _along(trail)
        expr = derive(choose, grammar)
        yield asked, expr
        trail = _next_trail(trail, widths)


def _after(grammar: Grammar, choices: Mapping[str, str]) -> list[int] | None:
    trail: list[int] = []
    widths: list[int] = []

    def choose(path: str, options: Sequence[str]) -> str:
        answer = choices.get(path, "")
        widths.append(len(options))
        trail.append(options.index(answer) if answer in options else 0)
        return answer

    derive(choose, grammar)
    return _next_trail(trail, widths)


def _along(trail: list[int]) -> tuple[Chooser, list[int], dict[str, str]]:
    """A chooser that answers by position, 0 past the end of `trail`; how many options it met; its answers."""
    widths: list[int] = []
    asked: dict[str, str] = {}

    def choose(path: str, options: Sequence[str]) -> str:
        position = len(widths)
        widths.append(len(options))
        asked[path] = options[trail[position] if position < len(trail) else 0]
        return asked[path]

    return choose, widths, asked


def _next_trail(trail: list[int], widths: list[int]) -> list[int] | None:
    full = trail + [0] * (len(widths) - len(trail))
    for position in reversed(range(len(widths))):
        if full[position] + 1 < widths[position]:
            return [*full[:position], full[position] + 1]
    return None
