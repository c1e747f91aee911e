"""What must hold of a row of `OPS`: one function a property, each raises where it does not hold.

`test_ops.py` runs them on every row, `test_mutations.py` on every row broken in every single way.
"""

import ast
import math
import re
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from string import Formatter
from typing import Any, Final
from unittest.mock import patch

import mpmath as mp
import numpy as np
import torch
from numpy.typing import NDArray

from actsearch.primitives.expr import Call, Const, Expr, Input, walk
from actsearch.primitives.latex import latex
from actsearch.primitives.op import Op
from actsearch.primitives.ops import OPS
from actsearch.primitives.ops.table import OPS as TABLE
from tests.primitives.latex_reader import read_latex
from tests.primitives.ops.flags import FLAG_CHECKS
from tests.primitives.ops.oracles import KINKS, ORACLES, TWO_FACED, oracle_slope, oracle_value, points, real

__all__ = ["CHECKS", "torch_function"]

Array = NDArray[np.float64]


def check_shape(op: Op) -> None:
    """The row is whole: an oracle, as many slots and slopes as arguments, a source."""
    assert op.name in ORACLES, f"`{op.name}` needs an oracle in tests/primitives/ops/oracles.py"
    for template in (op.torch, op.latex):
        slots = {name for _, name, _, _ in Formatter().parse(template) if name is not None}
        assert slots == {str(number) for number in range(op.arity)}
    assert len(op.slopes) == op.arity
    assert len(op.trends) in (0, op.arity)
    assert op.source.startswith("elementary") or re.search(r"\b(1[89]|20)[0-9]{2}\b", op.source)


# The torch side


def torch_function(op: Op) -> Callable[..., torch.Tensor]:
    """The template as a function of tensors."""
    letters = [f"x{number}" for number in range(op.arity)]
    text = f"lambda {', '.join(letters)}: {op.torch.format(*letters)}"
    return eval(text, {"torch": torch, "math": math})


def check_value(op: Op) -> None:
    """Reference against mpmath, torch against the reference, in float64 and float32."""
    at = points(op.arity)
    with np.errstate(all="ignore"):
        value = op.reference(*at)
    expected = oracle_value(op.name, op.arity)
    real = ~np.isnan(expected)
    assert not np.isfinite(value[~real]).any(), "the reference is finite where there is no value"
    np.testing.assert_allclose(value[real], expected[real], rtol=1e-12, atol=1e-15)
    for dtype, rtol, atol in ((torch.float64, 1e-12, 1e-14), (torch.float32, 2e-6, 2e-7)):
        inputs = [torch.tensor(column, dtype=dtype) for column in at]
        found = torch_function(op)(*inputs)
        assert found.dtype == dtype
        assert found.shape == inputs[0].shape
        with np.errstate(all="ignore"):
            exact = op.reference(*(column.double().numpy() for column in inputs))
            rounded = torch.tensor(exact).to(dtype).numpy()
        np.testing.assert_allclose(found.numpy(), rounded, rtol=rtol * _wide(op), atol=atol)


def _wide(op: Op) -> float:
    """gamma(30) is exp(71): there the rounding of the exponent counts 71 times."""
    return 5.0 if op.name == "gamma" else 1.0


def check_what_is_not_finite(op: Op) -> None:
    """Not-a-number comes out as such, infinity as what the reference makes of it, by both."""
    at = np.meshgrid(*[np.array([np.nan, np.inf, -np.inf, 0.5])] * op.arity)
    with np.errstate(all="ignore"):
        value = op.reference(*at)
    found = torch_function(op)(*(torch.tensor(column) for column in at)).numpy()
    np.testing.assert_array_equal(np.isnan(found), np.isnan(value))
    np.testing.assert_allclose(found, value, rtol=1e-12, atol=1e-30)
    assert np.isnan(value).flat[0]


def check_slopes(op: Op) -> None:
    """Slopes against mpmath's derivative of the oracle, torch's autograd against the slopes."""
    at = points(op.arity)
    with np.errstate(all="ignore"):
        slopes = [slope(*at) for slope in op.slopes]
    for argument, slope in enumerate(slopes):
        expected = oracle_slope(op.name, op.arity, argument)
        known = np.isfinite(expected)
        np.testing.assert_allclose(slope[known], expected[known], rtol=1e-11, atol=1e-14)
    for dtype, rtol, atol in ((torch.float64, 1e-12, 2e-14), (torch.float32, 2e-6, 1e-6)):
        inputs = [torch.tensor(column, dtype=dtype, requires_grad=True) for column in at]
        value = torch_function(op)(*inputs)
        found = torch.autograd.grad(value.sum(), inputs, allow_unused=True, materialize_grads=True)
        with np.errstate(all="ignore"):
            exact = [slope(*(column.detach().double().numpy() for column in inputs)) for slope in op.slopes]
        for gradient, slope in zip(found, exact, strict=True):
            rounded = torch.tensor(slope).to(dtype).numpy()
            # Beyond the largest number of the type the slope may be infinity times 0.
            known = torch.isfinite(value).numpy()
            rate = rtol * _wide(op)
            np.testing.assert_allclose(gradient.numpy()[known], rounded[known], rtol=rate, atol=atol)


def check_broadcast(op: Op) -> None:
    """Arrays broadcast, Python floats are taken where the row says so, slopes have the common shape."""
    column, row = _inside(op, np.array([[0.5], [1.5]]), np.array([0.7, 1.1, 1.9]))
    arrays = (column, row, row + 0.25)[: op.arity]
    shape = np.broadcast_shapes(*(array.shape for array in arrays))
    value = op.reference(*arrays)
    for array in (value, *(slope(*arrays) for slope in op.slopes)):
        assert array.shape == shape
    function = torch_function(op)
    tensors = [torch.tensor(array) for array in arrays]
    np.testing.assert_allclose(function(*tensors).numpy(), value, rtol=1e-12)
    if op.arity == 1:
        assert not op.tensors, "the argument of a unary operator is always a tensor"
    refused = False
    for place in range(op.arity if op.arity > 1 else 0):
        mixed = [0.7 if other == place else tensor for other, tensor in enumerate(tensors)]
        exact = op.reference(*(np.array(0.7) if other == place else a for other, a in enumerate(arrays)))
        try:
            found = function(*mixed)
        except (TypeError, AttributeError):
            refused = True
        else:
            np.testing.assert_allclose(found.numpy(), exact, rtol=1e-12)
    assert op.tensors == refused, "`tensors` says whether the template refuses a Python float"


def _inside(op: Op, *columns: Array) -> tuple[Array, ...]:
    """The columns, of numbers between 0 and 3, moved into the domain."""
    low, high = op.domain
    return tuple(0.3 * column if high <= 1.0 else column + max(low, 0.0) for column in columns)


def check_gradients(op: Op) -> None:
    """Autograd against finite differences, first and second order, away from kinks."""
    rows = [0.31, 0.83, 1.7, 2.9], [0.52, 1.4, 0.9, 1.1], [0.8, 0.4, 1.3, 0.7]
    at = _inside(op, *map(np.array, rows))
    inputs = tuple(torch.tensor(column, requires_grad=True) for column in at[: op.arity])
    function = torch_function(op)
    if op.name in TWO_FACED:
        return
    assert torch.autograd.gradcheck(function, inputs)
    assert torch.autograd.gradgradcheck(function, inputs)


# Formula and LaTeX

COST: Final = dict.fromkeys(("abs", "min", "max", "sqrt", "sign", "nint", "floor", "ceil"), 1)
"""Floating-point operations of the functions that are not transcendental."""


def _formula(op: Op) -> ast.expr:
    text = re.sub(r"\|([^|]+)\|", r"abs(\1)", op.formula.partition(";")[0]).replace("^", "**")
    return ast.parse(text, mode="eval").body


def check_formula(op: Op) -> None:
    """The formula computes what the oracle does."""
    names: dict[str, Any] = {name: getattr(mp, name) for name in dir(mp) if not name.startswith("_")}
    names |= {"abs": abs, "max": max, "min": min, "log2": lambda x: mp.log(x, 2)}
    code = compile(ast.Expression(_formula(op)), op.name, "eval")
    for args in zip(*(column[::3] for column in points(op.arity)), strict=True):
        expected = real(lambda args=args: ORACLES[op.name](*map(mp.mpf, args)))
        letters = dict(zip("xyz", map(mp.mpf, args), strict=False))
        found = real(lambda letters=letters: eval(code, names | letters))
        assert _close(found, expected), f"{op.formula} at {args} is {found}, not {expected}"


def check_cost(op: Op) -> None:
    """`flops` and `transcendental` are those of the formula."""
    flops = transcendental = 0
    for node in ast.walk(_formula(op)):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in COST:
                flops += COST[name]
            case ast.BinOp(op=ast.Pow(), right=ast.Constant(value=int(exponent))):
                flops += exponent - 1
            case ast.Call() | ast.BinOp(op=ast.Pow()):
                flops, transcendental = flops + 10, transcendental + 1
            case ast.BinOp() | ast.Compare():
                flops += 1
            case ast.UnaryOp():
                flops += 1
            case _:
                pass
    assert (op.flops, op.transcendental) == (flops, transcendental)


INNER: Final[tuple[Expr, ...]] = (
    Input(0),
    Const(-2.0),
    Const(1.5e-7),
    *(Call(name, (Input(0),)) for name in ("neg", "square", "exp", "gauss", "sin", "relu")),
    *(Call(name, (Input(0), Input(1))) for name in ("add", "sub", "mul", "div", "pow")),
)
"""Arguments of every kind of binding."""


@contextmanager
def _in_table(op: Op) -> Generator[None]:
    with patch("actsearch.primitives.ops.table.OPS", {**TABLE, op.name: op}):
        yield


def check_latex(op: Op) -> None:
    """The LaTeX reads as the formula, as a part of others and with others in it, no tighter than told."""
    assert op.precedence in (1, 2, 9)
    with _in_table(op):
        for expr in _compositions(op):
            _assert_reads(expr)
    for looser in (1, 2, 9):
        if looser > op.precedence:
            with _in_table(_with_precedence(op, looser)):
                assert any(not _reads(expr) for expr in _compositions(op)), f"binds as tightly as {looser}"


@cache
def _compositions_of(name: str, arity: int) -> tuple[Expr, ...]:
    def call(*args: Expr) -> Expr:
        return Call(name, (*args, Input(1), Input(0))[:arity])

    inside = [
        Call(name, (*[Input(1)] * place, inner, *[Input(0)] * (arity - place - 1)))
        for place in range(arity)
        for inner in INNER
    ]
    plain = call(Input(0))
    outside: list[Expr] = [Call(outer, (plain,)) for outer in ("neg", "square", "exp", "gauss", "abs")]
    for outer in ("add", "sub", "mul", "div", "pow", "max"):
        outside += [Call(outer, (plain, Input(1))), Call(outer, (Input(1), plain))]
    return (*inside, *outside)


def _compositions(op: Op) -> tuple[Expr, ...]:
    return _compositions_of(op.name, op.arity)


def _with_precedence(op: Op, precedence: int) -> Op:
    return replace(op, precedence=precedence)


SET_AT_0: Final = ("signed_pow",)
"""Operators that are 0 at x = 0 by convention, where their formula is not always finite."""

AT: Final = ((mp.mpf("1.3"), mp.mpf("0.7")), (mp.mpf("-0.8"), mp.mpf("2")), (mp.mpf("0.4"), mp.mpf("-1.1")))


@cache
def _exact(expr: Expr) -> tuple[Any, ...]:
    return tuple(real(lambda place=place: _evaluated(expr, place)) for place in AT)


def _evaluated(expr: Expr, place: tuple[Any, Any]) -> Any:
    match expr:
        case Input(piece):
            return place[piece]
        case Const(number):
            return mp.mpf(repr(number))
        case Call(op, args):
            values = [_evaluated(arg, place) for arg in args]
            if any(mp.isnan(value) for value in values):
                raise ValueError("not a number")
            return ORACLES[op](*values)
        case _:
            raise AssertionError(expr)


def _assert_reads(expr: Expr) -> None:
    text = latex(expr)
    one = "x_{" not in text
    for place, expected in zip(AT, _exact(expr), strict=True):
        if expected == 0 and any(isinstance(node, Call) and node.op in SET_AT_0 for node in walk(expr)):
            continue
        letters = {"x": place[0]} if one else {"x_{0}": place[0], "x_{1}": place[1]}
        found = real(lambda letters=letters: read_latex(text, letters))
        assert _close(found, expected), f"{text} reads as {found}, not {expected}"


def _reads(expr: Expr) -> bool:
    try:
        _assert_reads(expr)
    except (AssertionError, IndexError):
        return False
    return True


def _close(found: Any, expected: Any) -> bool:
    if not (mp.isfinite(found) and mp.isfinite(expected)):
        return not mp.isfinite(found) and not mp.isfinite(expected)
    return abs(found - expected) <= mp.mpf("1e-12") * (abs(expected) + mp.mpf("1e-3"))


CHECKS: Final[tuple[Callable[[Op], None], ...]] = (
    check_shape,
    check_value,
    check_what_is_not_finite,
    check_slopes,
    check_broadcast,
    check_gradients,
    check_formula,
    check_cost,
    check_latex,
    *FLAG_CHECKS,
)

assert OPS is TABLE
assert set(KINKS) <= set(ORACLES)
