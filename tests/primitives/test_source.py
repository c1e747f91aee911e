"""The text of the class: it computes what the reference does, and one can read it."""

import ast
import keyword
import math
import re
from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from actsearch.primitives.errors import ExprError
from actsearch.primitives.expr import Expr, Param, params, pieces
from actsearch.primitives.ops import OPS
from actsearch.primitives.reference import param_slopes, slope, value
from actsearch.primitives.source import HEADER, source
from actsearch.primitives.text import parse
from tests.primitives.expressions import expressions


def built(expr: Expr, width: int | tuple[int, ...] = 3) -> torch.nn.Module:
    names: dict[str, type[torch.nn.Module]] = {}
    exec(HEADER + "\n\n" + source(expr), names)
    return names["Activation"](width)


def inputs_of(expr: Expr) -> torch.Tensor:
    columns = np.random.default_rng(3).normal(0.0, 2.0, (16, 3 * pieces(expr)))
    # Kinks, ties and zeros.
    columns[0], columns[1], columns[2] = 0.0, 1.0, -2.0
    return torch.tensor(columns)


def split(expr: Expr, x: torch.Tensor) -> list[NDArray[np.float64]]:
    return [part.detach().numpy() for part in x.chunk(pieces(expr), dim=-1)]


Array = NDArray[np.float64]
SMALL = st.sampled_from([0.0, 1.0, -1.0, 2.0, 0.5, -0.3, 1e-7, -3.5])


def assert_near(
    found: Array, compute: Callable[[list[Array]], Array], inputs: list[Array], step: float
) -> None:
    """`found` is what `compute` gives at `inputs`, within what rounding errors of size `step` may do.

    How far a rounding reaches is seen by moving the inputs. Where something overflows, infinity times 0
    depends on the order of the factors: such elements are left out.
    """
    expected = compute(inputs)
    moved = [compute([part * (1.0 + sign * step) for part in inputs]) for sign in (-1.0, 1.0)]
    with np.errstate(all="ignore"):
        width = np.maximum(np.abs(moved[0] - expected), np.abs(moved[1] - expected))
        known = np.isfinite(found) & np.isfinite(expected) & np.isfinite(width)
        slack = 100.0 * width + 10.0 * step * (10.0 + np.abs(expected))
    assert (np.abs(found[known] - expected[known]) <= slack[known]).all()


@given(expressions(numbers=SMALL))
@settings(max_examples=400)
def test_value_and_slopes_are_those_of_the_reference(expr: Expr) -> None:
    model, x = built(expr).double(), inputs_of(expr).requires_grad_()
    found = model(x)
    assert found.dtype == torch.float64
    inputs = split(expr, x)
    expected = value(expr, inputs)
    assert found.shape == expected.shape
    np.testing.assert_array_equal(np.isnan(found.detach().numpy()), np.isnan(expected))
    assert_near(found.detach().numpy(), lambda at: value(expr, at), inputs, 1e-12)
    if not found.requires_grad:
        assert not any(part.any() for part in slope(expr, inputs))
        return
    weights = [x, *model.parameters()]
    gradients = torch.autograd.grad(found.sum(), weights, allow_unused=True, materialize_grads=True)
    for piece, gradient in enumerate(gradients[0].chunk(pieces(expr), dim=-1)):
        assert_near(gradient.numpy(), lambda at, piece=piece: slope(expr, at)[piece], inputs, 1e-12)
    for param, gradient in zip(params(expr), gradients[1:], strict=True):
        if np.isfinite(param_slopes(expr, inputs)[param.name]).all():

            def summed(at: list[Array], param: Param = param) -> Array:
                columns = param_slopes(expr, at)[param.name].sum(axis=0)
                return columns.sum(keepdims=True) if param.scope == "layer" else columns

            assert_near(gradient.numpy(), summed, inputs, 1e-11)


TAME = [op for op in OPS if op not in ("div", "div_guarded", "pow", "exp", "sinh", "cosh", "cube", "step")]
"""Operators that neither explode nor jump."""


@given(expressions(ops=TAME, leaves=8, numbers=SMALL))
@settings(max_examples=200)
def test_float32_is_within_its_rounding(expr: Expr) -> None:
    x = inputs_of(expr).float()
    found = built(expr)(x)
    assert found.dtype == torch.float32
    assert_near(found.detach().double().numpy(), lambda at: value(expr, at), split(expr, x.double()), 1e-6)


def test_text_reads_like_a_formula() -> None:
    assert (
        source(parse("x*sigmoid(b*x) | b=1.0 channel"), "Swish")
        == '''\
class Swish(torch.nn.Module):
    """x*sigmoid(b*x) | b=1.0 channel

    Returns a tensor of the shape of its input.
    """

    expr_text = "x*sigmoid(b*x) | b=1.0 channel"
    pieces = 1

    def __init__(self, width: int | tuple[int, ...] = 1) -> None:
        super().__init__()
        shape = (width,) if isinstance(width, int) else tuple(width)
        channels = shape[0] if len(shape) > 2 else shape[-1]
        self.b = torch.nn.Parameter(torch.full((channels,), 1.0))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        b = self.b if x.dim() < 4 else self.b.view(-1, *[1] * (x.dim() - 2))
        return x * torch.sigmoid(b * x)
'''
    )


def body(text: str) -> list[str]:
    lines = source(parse(text)).split("\n")
    return [
        line.strip() for line in lines[1 + next(i for i, line in enumerate(lines) if "forward" in line) :]
    ]


def test_what_is_used_twice_is_computed_once() -> None:
    assert body("tanh(x)*sin(tanh(x))") == ["t1 = torch.tanh(x)", "return t1 * torch.sin(t1)", ""]
    assert "".join(body("mish(mish(x))")).count("softplus") == 2


def test_brackets_stand_where_python_needs_them() -> None:
    assert body("x - (x - (x + 1))")[0] == "return x - (x - (x + 1.0))"
    assert body("(x + 1)/(x*x)*-x")[0] == "return (x + 1.0) / (x * x) * -x"
    assert body("(-2)^x^x")[0] == "return (-2.0) ** x ** x"
    assert body("-(x + 1)^3")[0] == "return -(x + 1.0) ** 3"


def test_constants_are_folded_and_may_be_anything() -> None:
    assert body("x*sin(2)")[0] == f"return x * {math.sin(2.0)!r}"
    assert body("x + sqrt(-1) + 1/0")[0] == "return x + math.nan + math.inf"
    assert body("x - 1/0*-1")[0] == "return x - -math.inf"
    assert body("max(x, 2)")[0] == "return torch.maximum(x, x.new_tensor(2.0))"


def test_long_formulas_are_broken_into_lines() -> None:
    long = "+".join(f"sin({number}*x)" for number in range(40))
    assert all(len(line) < 110 for line in body(long))


def test_text_needs_torch_and_math_alone() -> None:
    for name in OPS:
        args = ", ".join(["x", "x1", "x2"][: OPS[name].arity])
        tree = ast.parse(source(parse(f"{name}({args}) * sqrt(-1)")))
        loaded = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        local = {"self", "x", "x0", "x1", "x2", "t1", "axis", "expr_text", "pieces"}
        assert loaded - local <= {"torch", "math", "super", "int", "tuple", "ValueError"}


@pytest.mark.parametrize("name", ["", "2a", "a b", "class", "A;import os", "A(x):\n  pass\nclass B"])
def test_a_class_has_a_proper_name(name: str) -> None:
    with pytest.raises(ExprError, match="a class is named like `Swish`"):
        source(parse("x"), name)


@pytest.mark.parametrize("name", ["a=1;import os", "a\n", "a.b", "__class__", "A", "a b", '"""'])
def test_no_name_carries_code_into_the_text(name: str) -> None:
    with pytest.raises(ExprError, match="a parameter is named"):
        source(Param(name, 1.0))


def test_names_that_torch_or_python_use_are_changed() -> None:
    own = ["self", "torch", "math", "axis", "t1", "width", "shape", "channels"]
    for name in (*dir(torch.nn.Module()), *keyword.kwlist, *own):
        if re.fullmatch(r"[a-z][a-z0-9_]*", name):
            expr = parse(f"{name}*tanh(x)*sin(tanh(x)) + {name}_*x1 | {name}=2 channel, {name}_=3")
            x = torch.ones(1, 6)
            expected = 2 * math.tanh(1) * math.sin(math.tanh(1)) + 3
            np.testing.assert_allclose(built(expr)(x).detach().numpy(), expected, rtol=1e-6)
