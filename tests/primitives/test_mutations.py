"""The checks of `ops/` have teeth: every row broken in every single way fails one of them.

A mutant changes one thing of one row: a function, an operator, a sign, a constant, the order of the
arguments, a call left out of the torch template; the reference or a slope scaled, moved, turned, clipped;
a flag; the formula; the LaTeX.

Some changes change nothing, such as `min(y, x)` for `min(x, y)`. Which, nobody lists: a mutant of a
function counts only if it can be told from the original by value or slope on `PROBES`, points that the
checks do not use; a mutant of the LaTeX only if it is written otherwise; and texts for people (`source`)
only when empty.
"""

import ast
import copy
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product
from typing import Any, Final

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from actsearch.primitives.op import Numpy, Op
from actsearch.primitives.ops import OPS
from tests.primitives.ops.checks import CHECKS, torch_function

Array = NDArray[np.float64]

RNG: Final = np.random.default_rng(7)
PROBES: Final[dict[int, tuple[Array, ...]]] = {
    1: (np.sort(np.concatenate([[0.0], RNG.normal(0.0, 1e-3, 100), RNG.uniform(-29.0, 29.0, 900)])),),
    2: tuple(np.array(np.meshgrid(*[np.append(RNG.uniform(-9.0, 9.0, 30), 0.0)] * 2)).reshape(2, -1)),
    3: tuple(np.array(np.meshgrid(*[np.append(RNG.uniform(-9.0, 9.0, 9), 0.0)] * 3)).reshape(3, -1)),
}

ROWS: Final = {name: row for name, row in OPS.items() if not row.axis}
"""Those that are functions of numbers; `ops/test_axis.py` has the others."""

MUTANTS: Final[dict[str, Callable[[Op], Iterator[Op]]]] = {}
"""Ways to break a row."""


def way(generator: Callable[[Op], Iterator[Op]]) -> Callable[[Op], Iterator[Op]]:
    MUTANTS[generator.__name__] = generator
    return generator


# The torch template

TEMPLATES: Final = " ".join(row.torch for row in ROWS.values())
CALLS: Final = sorted(set(re.findall(r"torch\.([a-z0-9]+)\(", TEMPLATES)))
"""Functions that templates call; one is swapped for any other."""

OTHER: Final[dict[type[ast.AST], tuple[ast.AST, ...]]] = {
    ast.Add: (ast.Sub(), ast.Mult()),
    ast.Sub: (ast.Add(), ast.Mult()),
    ast.Mult: (ast.Div(), ast.Add()),
    ast.Div: (ast.Mult(), ast.Sub()),
    ast.Pow: (ast.Mult(), ast.Add()),
    ast.USub: (ast.UAdd(),),
    ast.Lt: (ast.Gt(),),
}


@way
def torch_template(op: Op) -> Iterator[Op]:
    tree = ast.parse(re.sub(r"\{([0-9])\}", r"_\1", op.torch), mode="eval")
    for number, node in enumerate(ast.walk(tree)):
        for change in _changes(node):
            mutant = copy.deepcopy(tree)
            target = next(other for place, other in enumerate(ast.walk(mutant)) if place == number)
            text = ast.unparse(_Replace(target, change).visit(mutant))
            changed = replace(op, torch=re.sub(r"\b_([0-9])\b", r"{\1}", text))
            if not _same_torch(op, changed):
                yield changed


def _changes(node: ast.AST) -> Iterator[Callable[[Any], ast.AST]]:
    """What may go wrong at one node of a template."""
    match node:
        case ast.Attribute(value=ast.Name(id="torch"), attr=name) if name in CALLS:
            for other in CALLS:
                if other != name:
                    yield lambda old, other=other: ast.Attribute(old.value, other, ast.Load())
        case ast.Call(func=ast.Attribute(value=inner), args=args) if args or not isinstance(inner, ast.Name):
            # A call left out, a sign turned, arguments in another order, another keyword.
            yield lambda old: old.args[0] if old.args else old.func.value
            yield lambda old: ast.UnaryOp(ast.USub(), old)
            if len(args) > 1:
                yield lambda old: ast.Call(old.func, old.args[::-1], old.keywords)
            if node.keywords:
                yield lambda old: ast.Call(old.func, old.args, [])
                yield lambda old: ast.Call(old.func, old.args, [ast.keyword("min", old.keywords[0].value)])
        case ast.Name(id=name) if name.startswith("_"):
            yield lambda old: ast.UnaryOp(ast.USub(), old)
            yield lambda old: ast.Name(f"_{abs(1 - int(old.id[1:]))}", ast.Load())
        case ast.Constant(value=float() | int() as value):
            for changed in (value + 1, value * 1.01, -value, 0.0):
                yield lambda old, changed=changed: ast.Constant(changed)
        case ast.BinOp():
            yield lambda old: ast.BinOp(old.right, old.op, old.left)
        case _:
            for other in OTHER.get(type(node), ()):
                yield lambda old, other=other: other


class _Replace(ast.NodeTransformer):
    def __init__(self, target: ast.AST, change: Callable[[Any], ast.AST]) -> None:
        self.target, self.change = target, change

    def visit(self, node: ast.AST) -> Any:
        return self.change(node) if node is self.target else self.generic_visit(node)


def _same_torch(op: Op, mutant: Op) -> bool:
    """Whether both templates have equal values and slopes at the probes; one that cannot run has not."""
    try:
        pairs = zip(_torch_answers(op), _torch_answers(mutant), strict=True)
        return all(_alike(one, other) for one, other in pairs)
    except Exception:
        return False


def _torch_answers(op: Op) -> list[Array]:
    inputs = [torch.tensor(column, requires_grad=True) for column in PROBES[op.arity]]
    value = torch_function(op)(*inputs)
    slopes = torch.autograd.grad(value.sum(), inputs, allow_unused=True, materialize_grads=True)
    return [value.detach().numpy(), *(slope.numpy() for slope in slopes)]


def _alike(one: Array, other: Array) -> bool:
    return bool(np.allclose(one, other, rtol=1e-10, atol=1e-13, equal_nan=True))


# The reference and its slopes

WRAPPERS: Final[dict[str, Callable[[Numpy], Numpy]]] = {
    "scaled": lambda f: lambda *args: f(*args) * 1.01,
    "raised": lambda f: lambda *args: f(*args) + 0.01,
    "turned": lambda f: lambda *args: -f(*args),
    "moved": lambda f: lambda x, *rest: f(x + 0.01, *rest),
    "moved last": lambda f: lambda *args: f(*args[:-1], args[-1] + 0.01),
    "mirrored": lambda f: lambda x, *rest: f(-x, *rest),
    "clipped": lambda f: lambda *args: f(*(np.clip(arg, -3.0, 3.0) for arg in args)),
    "swapped": lambda f: lambda *args: f(*args[::-1]),
    "zero": lambda f: lambda *args: 0.0 * np.nan_to_num(f(*args)),
    "single": lambda f: lambda *args: np.asarray(f(*args)).astype(np.float32).astype(np.float64),
}


@way
def reference(op: Op) -> Iterator[Op]:
    for wrapper in WRAPPERS.values():
        if not _same_numpy(op, op.reference, wrapper(op.reference)):
            yield replace(op, reference=wrapper(op.reference))


@way
def slopes(op: Op) -> Iterator[Op]:
    for argument, slope in enumerate(op.slopes):
        for wrapper in WRAPPERS.values():
            if not _same_numpy(op, slope, wrapper(slope)):
                changed = (*op.slopes[:argument], wrapper(slope), *op.slopes[argument + 1 :])
                yield replace(op, slopes=changed)
    if op.arity == 2 and not _same_numpy(op, *op.slopes):
        yield replace(op, slopes=op.slopes[::-1])
    yield replace(op, slopes=(*op.slopes, op.slopes[0]))


def _same_numpy(op: Op, one: Numpy, other: Numpy) -> bool:
    with np.errstate(all="ignore"):
        return _alike(one(*PROBES[op.arity]), other(*PROBES[op.arity]))


# Flags and texts


@way
def flags(op: Op) -> Iterator[Op]:
    infinite = float("inf")
    low, high = op.domain
    alternatives: dict[str, list[Any]] = {
        "name": ["add" if op.name != "add" else "mul", f"{op.name}x"],
        "arity": [op.arity + 1, op.arity - 1],
        "flops": [op.flops + 1, op.flops - 1],
        "transcendental": [op.transcendental + 1, op.transcendental - 1],
        "precedence": [1, 2, 9],
        "tensors": [not op.tensors],
        "smooth": [-1, 0, 1, 2, 5, infinite],
        "parity": ["even", "odd", "none"],
        "homogeneous": [None, -1, 0, 1, 2, 3, 4],
        "domain": [
            (-infinite, infinite),
            *((at, high) for at in (-1.0, 0.0, 1.0, low + 0.1) if at < high),
            (low, 5.0),
        ],
        "commutative": [not op.commutative],
        "associative": [not op.associative],
        "source": ["", "unknown"],
        "bounded": [None, (-1.0, 1.0), (0.0, 1.0)],
        "trends": list(_trends(op.arity)),
    }
    if op.bounded is not None:
        below, above = op.bounded
        alternatives["bounded"] += [(below + d, above) for d in (-0.01, 0.01)]
        alternatives["bounded"] += [(below, above + d) for d in (-0.01, 0.01)]
    for name, values in alternatives.items():
        for value in values:
            # No trend told means `none` for each argument.
            told = getattr(op, name) or (("none",) * op.arity if name == "trends" else getattr(op, name))
            if value != told:
                yield replace(op, **{name: value})


def _trends(arity: int) -> Iterator[tuple[str, ...]]:
    yield from product(("up", "down", "none"), repeat=arity)


LETTERS: Final = (("sin", "cos"), ("cos", "sin"), ("tanh", "sinh"), ("max", "min"), ("min", "max"))
SWAPS: Final = (
    *LETTERS,
    ("sign(x) * ", ""),
    ("floor", "ceil"),
    ("ceil", "floor"),
    ("nint", "floor"),
    ("gamma", "sin"),
    ("erfc", "erf"),
    ("ncdf", "erfc"),
    ("besseli(0", "besseli(1"),
    ("besseli(1", "besseli(0"),
    ("cosh", "sinh"),
    ("sinh", "cosh"),
    ("asin", "acos"),
    ("acos", "asin"),
    ("atan2(x, y)", "atan2(y, x)"),
    ("y if", "z if"),
    ("log2", "log"),
    ("2^x", "3^x"),
    ("1 / 3", "1 / 2"),
    ("|y|", "|x|"),
    ("exp", "log"),
    ("log", "exp"),
    ("+", "-"),
    (" - ", " + "),
    (" / ", " * "),
    ("^2", "^3"),
    ("^3", "^2"),
    ("1 ", "2 "),
    ("1e-7", "1e-6"),
    ("-x", "x"),
    ("x", "(x + 0.01)"),
)
SWAPS_LATEX: Final = (
    *LETTERS,
    ("acosh", "atanh"),
    ("atanh", "acosh"),
    ("sech", "csch"),
    ("csch", "sech"),
    ("sgn", "round"),
    ("round", "sgn"),
    ("log2", "sgn"),
    ("besseli", "atan2"),
    (r"\left(0, ", r"\left(1, "),
    (r"\left(1, ", r"\left(0, "),
    (r"\Phi", r"\sin"),
    (r"\Gamma", r"\sin"),
    (r"\tan", r"\sin"),
    (r"\arcsin", r"\arctan"),
    (r"\arccos", r"\arctan"),
    ("lfloor", "lceil"),
    ("lceil", "lfloor"),
    ("[3]", ""),
    (r"\frac{{1}}", r"\frac{{2}}"),
    ("{1} &", "{2} &"),
    ("& {0} <", "& {1} <"),
    ("2^", "3^"),
    ("1 +", "2 +"),
    (" + ", " - "),
    (" - ", " + "),
    ("{{2}}", "{{3}}"),
    ("{{3}}", "{{2}}"),
    ("{{-7}}", "{{-6}}"),
    (r"\cdot", "+"),
    ("{{-", "{{"),
    ("erf", "sinc"),
    ("sinc", "erf"),
    ("sigma", "sin"),
    ("arctan", "tanh"),
    ("asinh", "erf"),
    ("log", "sin"),
    ("e^", "2^"),
    (":9", ":0"),
    (":2", ":0"),
    (r"\left|{0}\right|", "{0}"),
    (r"\sqrt", ""),
    (", 0", ", 1"),
    (r"\ge 0", r"\ge 1"),
    (r"\frac{{{0}}}{{{1}", r"\frac{{{1}}}{{{0}"),
    ("{0}, {1}", "{1}, {0}"),
    ("{1:2}", "{0:2}"),
    ("^{{{1}}}", "^{{{0}}}"),
    ("-{0", "{0"),
)


@way
def formula(op: Op) -> Iterator[Op]:
    for old, new in SWAPS:
        said, _, why = op.formula.partition(";")
        # `exp`, `max` hold an x that is no letter.
        changed = re.sub(r"\bx\b", new, said) if old == "x" else said.replace(old, new, 1)
        if changed != said and op.name != "surrogate":
            yield replace(op, formula=f"{changed};{why}")


@way
def latex(op: Op) -> Iterator[Op]:
    for old, new in SWAPS_LATEX:
        changed = op.latex.replace(old, new, 1)
        same = op.commutative and (old, new) == ("{0}, {1}", "{1}, {0}")
        if changed != op.latex and not same:
            yield replace(op, latex=changed)


@pytest.mark.parametrize("kind", MUTANTS)
@pytest.mark.parametrize("op", ROWS.values(), ids=ROWS)
@pytest.mark.filterwarnings("ignore")
def test_every_broken_row_fails_a_check(op: Op, kind: str) -> None:
    # Those that are likely to fail first: what looks at numbers, or what looks at flags.
    checks = CHECKS if kind in ("torch_template", "reference", "slopes") else CHECKS[::-1]
    survivors = [mutant for mutant in MUTANTS[kind](op) if not any(map(_fails(mutant), checks))]
    assert not survivors, "\n".join(_difference(op, mutant) for mutant in survivors)


def test_there_are_mutants_of_every_kind() -> None:
    counts = {kind: sum(1 for op in ROWS.values() for _ in make(op)) for kind, make in MUTANTS.items()}
    assert all(count > len(ROWS) for count in counts.values()), counts
    assert sum(counts.values()) > 7500, counts


def _fails(mutant: Op) -> Callable[[Callable[[Op], None]], bool]:
    def fails(check: Callable[[Op], None]) -> bool:
        try:
            check(mutant)
        except Exception:
            return True
        return False

    return fails


def _difference(op: Op, mutant: Op) -> str:
    names = [name for name in Op.__slots__ if getattr(op, name) != getattr(mutant, name)]
    return "; ".join(f"{op.name}.{name}: {getattr(op, name)} -> {getattr(mutant, name)}" for name in names)
