"""The rows over an axis: each against mpmath, against torch along the right axis, and broken in many ways."""

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from typing import Any, Final

import mpmath as mp
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from numpy.typing import NDArray

from actsearch.primitives import Expr, canonical, parse, pieces, source, value
from actsearch.primitives.expr import Call, Input
from actsearch.primitives.key import key, shape_key
from actsearch.primitives.module import module
from actsearch.primitives.op import Op
from actsearch.primitives.ops import OPS, over_axis
from actsearch.primitives.outline import outline
from actsearch.primitives.reference import param_slopes, slope
from tests.primitives.expressions import expressions

Array = NDArray[np.float64]

ROWS: Final = {name: op for name, op in OPS.items() if op.axis}


def mean(row: list[Any]) -> Any:
    return mp.fsum(row) / len(row)


def spread(row: list[Any]) -> Any:
    return mean([x**2 for x in row]) - mean(row) ** 2


ORACLES: Final[dict[str, Callable[[list[Any]], list[Any]]]] = {
    "axis_mean": lambda row: [mean(row)] * len(row),
    "axis_var": lambda row: [spread(row)] * len(row),
    "axis_norm": lambda row: [mp.norm(row, 2) / mp.sqrt(len(row))] * len(row),
    "axis_standardise": lambda row: [(x - mean(row)) / mp.sqrt(spread(row) + mp.mpf("1e-5")) for x in row],
    "axis_softmax": lambda row: [1 / mp.fsum([mp.exp(other - x) for other in row]) for x in row],
}

SAMPLE: Final = np.concatenate(
    [np.random.default_rng(3).normal(0.0, 2.0, (6, 7)), np.full((1, 7), 2.5), np.arange(7.0)[None] * 40.0]
)
"""Rows of 7, one of them of equal numbers, one of far ones."""

Check = Callable[[Op], None]


def torch_function(op: Op, axis: int) -> Callable[[torch.Tensor], torch.Tensor]:
    return eval(f"lambda x: {op.torch.format('x')}", {"torch": torch, "math": math, "axis": axis})


@cache
def _expected(name: str) -> list[list[float]]:
    with mp.workdps(40):
        return [[float(y) for y in ORACLES[name](list(map(mp.mpf, row)))] for row in SAMPLE]


def check_value(op: Op) -> None:
    np.testing.assert_allclose(op.reference(SAMPLE), _expected(op.name), rtol=1e-12, atol=1e-14)
    assert op.reference(np.array(0.5)).shape == ()
    assert op.reference(np.zeros((2, 3, 7))).shape == (2, 3, 7)


def check_torch(op: Op) -> None:
    for dtype, rtol, atol in ((torch.float64, 1e-12, 1e-13), (torch.float32, 1e-5, 1e-6)):
        laid = torch.tensor(SAMPLE, dtype=dtype)
        for axis, x in ((-1, laid), (1, laid.T.reshape(1, 7, 4, 2))):
            found = torch_function(op, axis)(x)
            assert found.dtype == dtype
            assert found.shape == x.shape
            expected = torch.tensor(op.reference(laid.double().numpy()))
            found = found if axis == -1 else found.reshape(7, 8).T
            np.testing.assert_allclose(found.double().numpy(), expected, rtol=rtol, atol=atol)


def check_what_is_not_finite(op: Op) -> None:
    x = np.array([[np.nan, 1.0, 2.0], [np.inf, 1.0, 2.0], [0.5, 1.0, 2.0]])
    with np.errstate(all="ignore"):
        expected = op.reference(x)
    found = torch_function(op, -1)(torch.tensor(x)).numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert np.isnan(expected[0]).any()
    assert np.isfinite(expected[2]).all()


def check_tangent(op: Op) -> None:
    """The tangent against central differences, and against the whole derivative that torch finds."""
    (tangent,) = op.slopes
    along = np.random.default_rng(4).normal(size=SAMPLE.shape)
    found = tangent(SAMPLE, along)
    for x, t, part in zip(SAMPLE, along, found, strict=True):
        np.testing.assert_array_equal(part, tangent(x, t))
        matrix = torch.autograd.functional.jacobian(torch_function(op, -1), torch.tensor(x)).numpy()
        np.testing.assert_allclose(tangent(x, t), matrix @ t, rtol=1e-11, atol=1e-12)
        moved = op.reference(x + 1e-5 * t) - op.reference(x - 1e-5 * t)
        np.testing.assert_allclose(tangent(x, t), moved / 2e-5, rtol=1e-5, atol=1e-7)


def check_slopes_of_a_row_of_zeros(op: Op) -> None:
    x = torch.zeros(3, 4, dtype=torch.float64, requires_grad=True)
    (found,) = torch.autograd.grad(torch_function(op, -1)(x).sum(), x)
    assert found.isfinite().all()
    (tangent,) = op.slopes
    with np.errstate(all="ignore"):
        assert np.isfinite(tangent(np.zeros(4), np.ones(4))).all()


def check_flags(op: Op) -> None:
    assert op.arity == 1
    assert op.axis
    assert not op.tensors
    assert (op.commutative, op.associative, op.trends, op.breaks) == (False, False, (), "")
    assert op.source.startswith("elementary") or re.search(r"\b(1[89]|20)[0-9]{2}\b", op.source)
    x = np.random.default_rng(5).normal(0.0, 2.0, (50, 6))
    signs = np.random.default_rng(6).choice([-1.0, 1.0], x.shape)
    values = op.reference(x)
    odd = np.allclose(op.reference(-x), -values)
    even = np.allclose(op.reference(signs * x), values)
    assert op.parity == ("odd" if odd else "even" if even else "none")
    degrees = [k for k in range(-3, 6) if np.allclose(op.reference(3.0 * x), 3.0**k * values, rtol=1e-9)]
    assert degrees == ([] if op.homogeneous is None else [op.homogeneous])
    far = op.reference(np.array([[0.0, 300.0, 1e5], [-1e8, 0.0, 1.0]]))
    if op.bounded is None:
        # The largest of n standardised numbers is at most sqrt(n).
        assert np.abs(op.reference(np.repeat([0.0, 1e9], [19999, 1]))).max() > 100.0
    else:
        assert op.bounded == (far.min(), far.max())
    assert op.domain == (-math.inf, math.inf)
    # A kink at the row of zeros is the only one.
    t = np.array([1.0, -2.0, 0.5])
    kinked = not np.allclose(op.reference(1e-12 * t) / 1e-12, -op.reference(-1e-12 * t) / 1e-12, atol=1e-3)
    assert op.smooth == (0 if kinked and op.name == "axis_norm" else math.inf)
    assert op.transcendental == op.formula.split(" / ")[0].count("exp")
    assert op.precedence == 9


CHECKS: Final[tuple[Check, ...]] = (
    check_value,
    check_torch,
    check_what_is_not_finite,
    check_tangent,
    check_slopes_of_a_row_of_zeros,
    check_flags,
)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__.removeprefix("check_"))
@pytest.mark.parametrize("op", ROWS.values(), ids=ROWS)
def test_row_is_true(op: Op, check: Check) -> None:
    check(op)


def test_rows_and_oracles_are_the_same_set() -> None:
    assert set(ROWS) == set(ORACLES)


def mutants(op: Op) -> Iterator[Op]:
    wrappers: list[Callable[[Callable[..., Array]], Callable[..., Array]]] = [
        lambda f: lambda x, *t: f(x, *t) * 1.01,
        lambda f: lambda x, *t: f(x, *t) + 0.01,
        lambda f: lambda x, *t: -f(x, *t),
        lambda f: lambda x, *t: f(np.flip(x, -1), *t),
        lambda f: lambda x, *t: f(x[..., :1], *(one[..., :1] for one in t)) + np.zeros_like(x),
        lambda f: lambda x, *t: f(x.T, *(one.T for one in t)).T,
        lambda f: lambda x, *t: f(x, *t).astype(np.float32).astype(np.float64),
    ]
    probe, along = np.random.default_rng(8).normal(size=(2, 3, 7))
    (tangent,) = op.slopes
    for wrap in wrappers:
        if not np.allclose(wrap(op.reference)(probe), op.reference(probe), rtol=1e-10):
            yield replace(op, reference=wrap(op.reference))
        if not np.allclose(wrap(tangent)(probe, along), tangent(probe, along), rtol=1e-10):
            yield replace(op, slopes=(wrap(tangent),))
    for old, new in (
        ("mean", "sum"),
        ("{0}", "-{0}"),
        ("{0}", "({0} + 0.01)"),
        ("dim=axis", "dim=0"),
        (", keepdim=True", ""),
        ("correction=0", "correction=1"),
        ("1e-05", "1e-04"),
        (".expand_as({0})", ""),
        ("softmax", "log_softmax"),
        ("vector_norm({0}", "vector_norm({0}, 1"),
        ("sqrt", "exp"),
    ):
        changed = replace(op, torch=op.torch.replace(old, new))
        if changed.torch != op.torch and not _same(op, changed):
            yield changed
    for name, values in {
        "parity": ("odd", "even", "none"),
        "homogeneous": (None, 0, 1, 2, 3),
        "bounded": (None, (0.0, 1.0), (-1.0, 1.0)),
        "smooth": (-1, 0, 1, math.inf),
        "axis": (False,),
        "tensors": (True,),
        "commutative": (True,),
        "source": ("",),
        "transcendental": (op.transcendental + 1,),
        "precedence": (1, 2),
        "domain": ((0.0, math.inf),),
    }.items():
        for told in values:
            if told != getattr(op, name):
                yield replace(op, **{name: told})


def _same(op: Op, other: Op) -> bool:
    x = torch.tensor(np.random.default_rng(9).normal(size=(5, 7)))
    try:
        found = torch_function(other, -1)(x)
    except Exception:
        return False
    expected = torch_function(op, -1)(x)
    return found.shape == expected.shape and bool(torch.allclose(found, expected, rtol=1e-10))


@pytest.mark.parametrize("op", ROWS.values(), ids=ROWS)
@pytest.mark.filterwarnings("ignore")
def test_every_broken_row_fails_a_check(op: Op) -> None:
    found = list(mutants(op))
    assert len(found) > 25
    survivors = [
        name
        for mutant in found
        if not any(_fails(check, mutant) for check in CHECKS)
        for name in Op.__slots__
        if getattr(mutant, name) != getattr(op, name)
    ]
    assert not survivors


def _fails(check: Check, mutant: Op) -> bool:
    try:
        check(mutant)
    except Exception:
        return True
    return False


# In expressions

TEXTS: Final = (
    "tanh(axis_standardise(x))*x",
    "x*sigmoid(axis_mean(x*x))",
    "x1*axis_softmax(x) - axis_norm(x1)",
    "axis_standardise(b*x + axis_mean(x^2)) | b=1.5",
    "axis_norm(a*x)*axis_mean(b) + a | a=0.5 channel, b=0.75",
    "axis_var(axis_softmax(axis_mean(x) + x))",
    "axis_softmax(3) + x",
)


@pytest.mark.parametrize("text", TEXTS)
def test_the_module_is_the_reference_and_so_are_its_slopes(text: str) -> None:
    expr = parse(text)
    count = pieces(expr)
    x = np.random.default_rng(11).normal(size=(3, 5 * count))
    inputs = np.split(x, count, axis=-1)
    model = module(expr, 5).double()
    np.testing.assert_allclose(model(torch.tensor(x)).detach().numpy(), value(expr, inputs), rtol=1e-12)
    matrix = torch.autograd.functional.jacobian(model, torch.tensor(x)).numpy()  # (row, 5, row, 5 * count)
    for piece, found in enumerate(slope(expr, inputs)):
        own = np.array([[matrix[r, c, r, c + 5 * piece] for c in range(5)] for r in range(3)])
        np.testing.assert_allclose(found, own, rtol=1e-11, atol=1e-13)
    for name, found in param_slopes(expr, inputs).items():
        weight = dict(model.named_parameters())[name]
        for r, c in np.ndindex(3, 5):
            out = model(torch.tensor(x))[r, c]
            if not out.requires_grad:
                continue
            (by,) = torch.autograd.grad(out, weight, allow_unused=True, materialize_grads=True)
            expected = by[c] if len(by) > 1 else by[0]
            np.testing.assert_allclose(found[r, c], float(expected), rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize("text", TEXTS)
def test_images_have_their_channels_along_axis_1(text: str) -> None:
    expr = parse(text)
    count = pieces(expr)
    x = np.random.default_rng(12).normal(size=(2, 4 * count, 3, 3))
    found = module(expr, (4, 3, 3)).double()(torch.tensor(x)).detach().numpy()
    inputs = [np.moveaxis(part, 1, -1) for part in np.split(x, count, axis=1)]
    np.testing.assert_allclose(np.moveaxis(found, 1, -1), value(expr, inputs), rtol=1e-12, atol=1e-14)


@given(expressions(ops=(*ROWS, "add", "mul", "neg", "abs", "tanh", "relu", "square"), params=(), leaves=6))
@settings(max_examples=200)
def test_canonical_forms_are_the_same_function(expr: Expr) -> None:
    inputs = list(np.random.default_rng(13).normal(size=(2, 4, 6)))
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(
            value(canonical(expr), inputs),
            value(expr, inputs),
            rtol=1e-7,
            atol=1e-9 * (1 + _size(expr, inputs)),
        )


def _size(expr: Expr, inputs: list[Array]) -> float:
    return float(np.nan_to_num(np.abs(value(expr, inputs))).max())


def test_an_axis_is_no_function_of_numbers() -> None:
    expr = parse("tanh(axis_mean(x))")
    assert over_axis(expr)
    assert not over_axis(parse("tanh(mean(x, x1))"))
    assert shape_key(expr) == key(expr)
    with pytest.raises(Exception, match="is over an axis"):
        outline(expr)


def test_no_law_takes_a_row_for_a_number() -> None:
    different = [
        "axis_var(x)",
        "axis_var(abs(x))",
        "axis_mean(abs(x))",
        "abs(axis_mean(x))",
        "axis_softmax(-x)",
    ]
    assert len({key(parse(text)) for text in different}) == len(different)
    assert key(parse("axis_norm(-x)")) == key(parse("axis_norm(abs(x))"))
    assert key(parse("axis_mean(-2*x)")) == key(parse("-axis_mean(x)*2"))
    assert canonical(parse("axis_softmax(3)")) == Call("axis_softmax", (parse("3"),))


def test_the_class_says_along_which_axis() -> None:
    assert "Its statistics are taken along axis 1 of four axes or more" in source(parse("axis_mean(x)"))
    assert Call("axis_mean", (Input(0),)) == parse("axis_mean")
