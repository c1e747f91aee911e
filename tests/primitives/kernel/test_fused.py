"""The fused call: the float64 reference, in every shape, dtype and company, differentiated twice."""

import copy
import math
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import pytest
import torch
from torch.autograd import forward_ad

from actsearch.primitives.errors import ExprError
from actsearch.primitives.expr import Expr, params, pieces
from actsearch.primitives.kernel.fused import Programs, available, eager, fused, why_not
from actsearch.primitives.kernel.site import param_shape
from actsearch.primitives.reference import param_slopes, slope, value
from actsearch.primitives.text import parse
from tests.primitives.kernel.lanes import ALONE, KNOWN, RANDOM, drawn, numbers, pulled, random

Run: TypeAlias = Callable[[Programs, torch.Tensor, torch.Tensor], torch.Tensor]

TEXTS = (
    "x*sigmoid(b*x) | b=1.0 channel",
    "relu(x)",
    "a*x + sin(c*x)^2/(1 + abs(a)) | a=0.3, c=1.5 neuron",
    "tanh(a) | a=0.5",
    "2.5",
    "x",
    "a | a=2.0 channel",
    "exp(-abs(a)*x^2) + cos(x) | a=0.7",
)
WIDTH = 6


def test_the_kernel_is_there() -> None:
    """All below compares it with something: without a compiler there is nothing to compare."""
    assert available(), why_not()
    assert why_not() == ""


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("expr", [*RANDOM, *KNOWN, *ALONE], ids=str)
def test_values_and_slopes_are_those_of_the_reference(expr: Expr, dtype: torch.dtype) -> None:
    """In float32 within 2e-5 of their size, and where they cancel, as near as eager torch in float32."""
    programs, cut = Programs.of([expr], 1), pieces(expr)
    if not all(programs.served):
        pytest.skip("over an axis: eager torch")
    x = drawn(1, 300, cut, dtype=dtype)
    theta = torch.tensor(programs.starts(), dtype=dtype)
    g = drawn(1, 300, 1, seed=1, dtype=dtype)
    y, gx, gtheta = pulled(programs, x, theta, g)
    leaf = x.detach().requires_grad_()
    rival = eager(programs, leaf, theta)
    (rival_gx,) = (
        torch.autograd.grad(rival, leaf, g, materialize_grads=True) if rival.requires_grad else (x * 0,)
    )
    inputs = [x[0, :, piece].double().numpy() for piece in range(cut)]
    weights = g[0, :, 0].double().numpy()

    def same(found: torch.Tensor, expected: np.ndarray, rival: torch.Tensor) -> None:
        finite = np.isfinite(expected)
        size = float(np.median(np.abs(expected[finite]))) if finite.any() else 0.0
        allowed = (1e-9 if dtype == torch.float64 else 2e-5) * (np.abs(expected) + size + 1e-3)
        if dtype == torch.float32 and finite.any():
            errors = np.abs(rival.detach().double().numpy() - expected)
            allowed += 2 * errors + 100 * float(np.median(errors[finite]))
        wrong = ~(np.abs(found.double().numpy() - expected) <= allowed)
        assert not wrong[finite].any(), (found.numpy()[finite & wrong], expected[finite & wrong])
        np.testing.assert_array_equal(np.isnan(found.numpy()), np.isnan(expected))

    with np.errstate(all="ignore"):
        same(y[0, :, 0], value(expr, inputs), rival[0, :, 0])
        for piece, exact in enumerate(slope(expr, inputs)):
            same(gx[0, :, piece], exact * weights, rival_gx[0, :, piece])
        for number, exact in enumerate(param_slopes(expr, inputs).values()):
            terms = exact * weights
            assert abs(gtheta[number] - terms.sum()) <= (
                (1e-9 if dtype == torch.float64 else 1e-4) * np.abs(terms).sum() + 1e-12
            )


@pytest.mark.parametrize(
    ("width", "shape"),
    [
        (WIDTH, (5, WIDTH)),
        (WIDTH, (0, WIDTH)),
        (WIDTH, (1, WIDTH)),
        (WIDTH, (WIDTH,)),
        (WIDTH, (90, 3, WIDTH)),
        ((3, WIDTH), (90, 3, WIDTH)),
        ((WIDTH, 4, 5), (7, WIDTH, 4, 5)),
        ((WIDTH, 16, 17), (2, WIDTH, 16, 17)),
        ((WIDTH, 2, 3, 2), (3, WIDTH, 2, 3, 2)),
    ],
)
@pytest.mark.parametrize("cut", [1, 2, 3])
def test_every_shape_is_read_as_the_modules_read_it(
    width: int | tuple[int, ...], shape: tuple[int, ...], cut: int
) -> None:
    more = "".join(f" + {place + 2}*x{place}^2*x" for place in range(1, cut))
    head = [text.partition(" | ") for text in TEXTS if text not in ("x",)]
    texts = [f"{formula}{more} | {tail}" if tail else f"{formula}{more}" for formula, _, tail in head]
    programs = Programs.of([parse(text) for text in texts], width)
    axis = 1 if len(shape) > 3 else len(shape) - 1
    wide = [size * (cut if place == axis else 1) for place, size in enumerate(shape)]
    x, theta, g = drawn(len(texts), *wide), numbers(programs), drawn(len(texts), *shape, seed=3)
    found = pulled(programs, x, theta, g)
    y = eager(programs, x.requires_grad_(), theta.requires_grad_())
    expected = (y, *torch.autograd.grad(y, (x, theta), g, materialize_grads=True))
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-11)


def test_a_piece_that_is_named_nowhere_has_slope_zero() -> None:
    programs = Programs.of([parse("sin(x1)"), parse("x1 + a | a=1.0")], 3)
    _, gx, _ = pulled(programs, drawn(2, 300, 6), numbers(programs), torch.ones(2, 300, 3).double())
    assert gx[:, :, :3].eq(0.0).all()
    assert gx[1, :, 3:].eq(1.0).all()


@pytest.mark.parametrize("lanes", [2, 5, 32])
@pytest.mark.parametrize("cut", [1, 2])
@pytest.mark.parametrize("rows", [1, 37, 64])
def test_a_lane_has_the_same_bits_in_any_company(lanes: int, cut: int, rows: int) -> None:
    exprs = [
        *random(500 * cut, lanes - 1, cut),
        parse("b*x*sigmoid(a*x)" + "*x1" * (cut - 1) + " | a=1.0 channel, b=0.5"),
    ]
    everyone = Programs.of(exprs, 7)
    x = drawn(lanes, rows, 7 * cut, dtype=torch.float32)
    g = drawn(lanes, rows, 7, seed=4, dtype=torch.float32)
    theta = numbers(everyone, torch.float32)
    whole = pulled(everyone, x, theta, g)
    parts = torch.split(theta, list(everyone.sizes))
    slopes = torch.split(whole[2], list(everyone.sizes))
    order = np.random.default_rng(lanes).permutation(lanes).tolist()
    for company in (*([lane] for lane in range(min(lanes, 6))), order, order[: lanes // 2 + 1]):
        few = everyone.take(company)
        assert few.exprs == tuple(exprs[lane] for lane in company)
        found = pulled(few, x[company], torch.cat([parts[lane] for lane in company]), g[company])
        expected = (whole[0][company], whole[1][company], torch.cat([slopes[lane] for lane in company]))
        for one, other in zip(found, expected, strict=True):
            assert torch.equal(one.nan_to_num(7.0), other.nan_to_num(7.0))


@pytest.mark.parametrize("expr", [*RANDOM[:20], *(parse(text) for text in TEXTS)], ids=str)
def test_first_and_second_derivatives_are_those_of_finite_differences(expr: Expr) -> None:
    programs = Programs.of([expr, expr], 2)
    x = (drawn(2, 3, 2 * pieces(expr), seed=7).abs() * 0.4 + 0.3).requires_grad_()
    theta = numbers(programs).requires_grad_()

    def call(x: torch.Tensor, theta: torch.Tensor) -> torch.Tensor:
        return fused(programs, x, theta)

    assert torch.autograd.gradcheck(call, (x, theta), rtol=1e-3, atol=1e-4)
    assert torch.autograd.gradgradcheck(call, (x, theta), rtol=1e-3, atol=1e-4)


def test_second_derivatives_are_those_of_eager_torch() -> None:
    programs = Programs.of([parse("sin(a*x)*x | a=1.3"), parse("x*sigmoid(x)")], 4)
    x, theta = drawn(2, 50, 4).requires_grad_(), numbers(programs).requires_grad_()
    twice: list[torch.Tensor] = []
    for run in (fused, eager):
        (gx,) = torch.autograd.grad(run(programs, x, theta).sum(), x, create_graph=True)
        twice.extend(torch.autograd.grad(gx.square().sum(), (x, theta)))
    torch.testing.assert_close(twice[:2], twice[2:], rtol=1e-9, atol=1e-12)


def test_inside_vmap_the_lanes_are_seen_and_gradients_flow_outside() -> None:
    programs = Programs.of([parse(text) for text in TEXTS], WIDTH)
    lanes = len(TEXTS)
    x, w = drawn(lanes, 40, WIDTH), drawn(lanes, WIDTH, WIDTH, seed=5)
    theta = numbers(programs)
    found: list[tuple[torch.Tensor, ...]] = []
    for run in (fused, eager):
        leaves = [tensor.detach().requires_grad_() for tensor in (x, w, theta)]

        def network(
            x: torch.Tensor, w: torch.Tensor, run: Run = run, theta: torch.Tensor = leaves[2]
        ) -> torch.Tensor:
            return run(programs, run(programs, x @ w, theta) @ w, theta)

        for axis in (0, 1):
            y = torch.func.vmap(network, in_dims=(axis, 0))(leaves[0].movedim(0, axis), leaves[1])
            found.append((y, *torch.autograd.grad(y.square().sum(), leaves)))
    for other in found[1:]:
        torch.testing.assert_close(found[0], other, rtol=1e-8, atol=1e-10)
    assert all(part.abs().sum() > 0 for part in found[0])


TWO = Programs.of([parse("sin(x)"), parse("a*x | a=2.0")], 3)


@pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated:DeprecationWarning")
@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda x, t: torch.func.grad(lambda x: fused(TWO, x, t).sum())(x), "gradients outside"),
        (lambda x, t: torch.func.jvp(lambda x: fused(TWO, x, t), (x,), (x,)), "gradients outside"),
        (lambda x, t: torch.func.vmap(torch.func.grad(lambda x: fused(TWO, x, t).sum()))(x), "outside"),
        (
            lambda x, t: torch.func.grad(lambda x: torch.func.vmap(lambda x: fused(TWO, x, t))(x).sum())(x),
            "gradients outside",
        ),
        (lambda x, t: torch.func.vmap(lambda x: fused(TWO, x, t), chunk_size=1)(x), "2 lanes"),
        (lambda x, t: torch.func.vmap(lambda _: fused(TWO, x, t))(x), "no axis of lanes"),
        (lambda x, t: torch.func.vmap(lambda x, t: fused(TWO, x, t))(x, t.expand(2, 1)), "close over"),
        (lambda x, t: fused(TWO, x[:1], t), "2 lanes along its first axis"),
        (lambda x, t: fused(TWO, x[:, 0, 0], t), "at least one more, not"),
        (lambda x, t: fused(TWO, x, t[:0]), "shape \\(1,\\), not \\(0,\\)"),
        (lambda x, t: fused(Programs.of([parse("x*x1")] * 2, 1), x, t[:0]), "of size 3, into 2 pieces"),
        (
            lambda x, t: fused(Programs.of([parse("a*x | a=1 channel")] * 2, 4), x, torch.ones(8).double()),
            "fit",
        ),
        (lambda x, t: Programs.of([], 1), "at least one lane"),
        (lambda x, t: Programs.of([parse("x"), parse("x*x1")], 1), "same number of pieces"),
    ],
)
def test_what_cannot_be_is_said(call: Callable[[torch.Tensor, torch.Tensor], object], said: str) -> None:
    with pytest.raises(ExprError, match=said):
        call(drawn(2, 5, 3), torch.ones(1).double())


def test_strides_do_not_matter() -> None:
    programs = Programs.of([parse(text) for text in TEXTS], WIDTH)
    x, theta, g = drawn(len(TEXTS), 40, WIDTH), numbers(programs), drawn(len(TEXTS), 40, WIDTH, seed=3)
    expected = pulled(programs, x, theta, g)
    turned = x.transpose(0, 2).contiguous().transpose(0, 2)
    wide = torch.stack([theta, theta], dim=1)[:, 0]
    strided = torch.stack([g, g], dim=-1)[..., 0]
    assert not any(tensor.is_contiguous() for tensor in (turned, wide, strided))
    for one, other in zip(pulled(programs, turned, wide, strided), expected, strict=True):
        assert torch.equal(one, other)
    everywhere = pulled(programs, x, theta, torch.ones(()).double().expand_as(g))
    torch.testing.assert_close(everywhere, pulled(programs, x, theta, torch.ones_like(g)))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_short_numbers_run_in_eager_torch(dtype: torch.dtype) -> None:
    programs = Programs.of([parse("x*sigmoid(x)"), parse("a*x | a=2.0")], 3)
    x, theta = drawn(2, 5, 3, dtype=dtype), torch.ones(1, dtype=dtype)
    assert torch.equal(fused(programs, x, theta), eager(programs, x, theta))


def test_without_gradients_nothing_is_recorded() -> None:
    programs = Programs.of([parse("sin(x)"), parse("a*x | a=2.0")], 3)
    x, theta = drawn(2, 5, 3).requires_grad_(), torch.ones(1).double().requires_grad_()
    y = fused(programs, x, theta)
    with torch.no_grad():
        assert torch.equal(fused(programs, x, theta), y)
        assert not fused(programs, x, theta).requires_grad
    with torch.inference_mode():
        assert torch.equal(fused(programs, x, theta), y)
    assert not fused(programs, x.detach(), theta.detach()).requires_grad
    (only,) = torch.autograd.grad(fused(programs, x.detach(), theta).sum(), theta)
    torch.testing.assert_close(only, x[1].detach().sum()[None])


@pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated:DeprecationWarning")
def test_forward_mode_is_right() -> None:
    programs = Programs.of([parse("sin(x)"), parse("x^2")], 3)
    x = drawn(2, 5, 3)
    with forward_ad.dual_level():
        y = fused(programs, forward_ad.make_dual(x, torch.ones_like(x)), torch.ones(0).double())
        tangent = forward_ad.unpack_dual(y).tangent
    torch.testing.assert_close(tangent, torch.stack([torch.cos(x[0]), 2 * x[1]]))


def test_nothing_is_kept_for_backward_but_the_input_and_the_parameters() -> None:
    programs = Programs.of([parse("sin(cos(x))*exp(x)"), parse("a*sigmoid(x) | a=2.0")], 3)
    x, theta = drawn(2, 5, 3).requires_grad_(), torch.ones(1).double().requires_grad_()
    kept: list[int] = []

    def pack(tensor: torch.Tensor) -> torch.Tensor:
        kept.append(tensor.data_ptr())
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
        fused(programs, x, theta)
    assert kept == [x.data_ptr(), theta.data_ptr()]


def test_lanes_that_the_kernel_does_not_serve_run_beside_the_others() -> None:
    texts = ("sin(x)", "a*axis_softmax(x) | a=2.0", "b*x | b=3.0", "axis_standardise(x)")
    programs = Programs.of([parse(text) for text in texts], 3)
    assert programs.served == (True, False, True, False)
    x, theta, g = drawn(4, 5, 3), numbers(programs), drawn(4, 5, 3, seed=3)
    found = pulled(programs, x, theta, g)
    y = eager(programs, x.requires_grad_(), theta.requires_grad_())
    expected = (y, *torch.autograd.grad(y, (x, theta), g))
    torch.testing.assert_close(list(found), list(expected))


def test_numbers_that_are_none_stay_where_they_are() -> None:
    """Not-a-number and infinity touch no neighbour, not even in the sums of a parameter's other lane."""
    programs = Programs.of([parse("a*sin(x) | a=2.0"), parse("a*exp(x) | a=2.0")], 300)
    x = drawn(2, 300, dtype=torch.float32)[:, None]
    clean = pulled(programs, x, torch.tensor([2.0, 2.0]), torch.ones_like(x))
    x[0, 0, 7], x[0, 0, 299] = math.nan, math.inf
    found = pulled(programs, x, torch.tensor([2.0, 2.0]), torch.ones_like(x))
    bad = torch.zeros_like(x, dtype=torch.bool)
    bad[0, 0, [7, 299]] = True
    for one, other in zip(found[:2], clean[:2], strict=True):
        assert torch.equal(one[~bad], other[~bad])
        assert one[bad].isnan().all()
    assert found[2][0].isnan()
    assert found[2][1] == clean[2][1]


def test_sums_over_many_values_lose_nothing() -> None:
    programs = Programs.of([parse("a*x + b | a=1.0, b=0.0 channel")] * 2, 3)
    x = torch.full((2, 200_000, 3), 0.1)
    _, _, gtheta = pulled(programs, x, torch.zeros(8), torch.ones_like(x))
    exact = torch.full((), 0.1).double().item()
    np.testing.assert_allclose(gtheta[[0, 4]].double().numpy(), 600_000 * exact, rtol=2e-7)
    assert gtheta[[1, 2, 3, 5, 6, 7]].eq(200_000).all()


def test_programs_say_what_they_hold_and_may_be_copied() -> None:
    programs = Programs.of([parse(text) for text in TEXTS], (WIDTH, 2, 2))
    assert programs.sizes == (6, 0, 1 + 24, 1, 0, 0, 6, 1)
    assert len(programs.starts()) == sum(programs.sizes)
    starts = [param.init for expr in programs.exprs for param in params(expr) for _ in range(_size(param))]
    assert list(programs.starts()) == starts
    x, theta = drawn(len(TEXTS), 2, WIDTH, 2, 2), numbers(programs)
    assert torch.equal(fused(copy.deepcopy(programs), x, theta), fused(programs, x, theta))


def _size(param: object) -> int:
    return math.prod(param_shape(param, (WIDTH, 2, 2)))  # type: ignore[arg-type]
