"""The kernel of a GPU: what the library of the CPU is held to, its own text on the host, and on a GPU."""

import gc
import weakref
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
import torch

from actsearch.primitives.expr import Expr, pieces
from actsearch.primitives.kernel import fused as calling
from actsearch.primitives.kernel.bound import Bound, Laid
from actsearch.primitives.kernel.build import Kind
from actsearch.primitives.kernel.engine import Engine, OnGpu
from actsearch.primitives.kernel.fused import Programs, eager, fused, why_not
from actsearch.primitives.kernel.gpu import GPU_KINDS, Gpu, gpu
from actsearch.primitives.op import Op
from actsearch.primitives.reference import param_slopes, slope, value
from actsearch.primitives.text import parse
from tests.primitives.kernel import test_fused as cpu
from tests.primitives.kernel import test_rows as rows
from tests.primitives.kernel.gpu_host import host
from tests.primitives.kernel.lanes import KNOWN, RANDOM, drawn, numbers, pulled

EXPRS = [expr for expr in [*RANDOM, *KNOWN] if all(Programs.of([expr], 1).served)]


def on_gpu(kind: str) -> Gpu:
    found = gpu(
        GPU_KINDS[{"f": torch.float32, "d": torch.float64, "b": torch.bfloat16}[kind]], torch.device("cuda")
    )
    assert found is not None, why_not("cuda")
    return found


@dataclass(frozen=True, slots=True)
class Away:
    """An engine on a GPU, for tensors that are not there."""

    engine: OnGpu

    def value(self, bound: Bound, laid: Laid, x: torch.Tensor, theta: torch.Tensor) -> torch.Tensor:
        return self.engine.value(bound, laid, x.cuda(), theta.cuda()).cpu()

    def pull(
        self, bound: Bound, laid: Laid, x: torch.Tensor, theta: torch.Tensor, g: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        gx, gtheta = self.engine.pull(bound, laid, x.cuda(), theta.cuda(), g.cuda())
        return gx.cpu(), gtheta.cpu()


ENGINES: dict[str, Callable[[str], Engine]] = {
    "host": lambda kind: OnGpu(host(GPU_KINDS[TYPES[kind]])),
    "gpu": lambda kind: Away(OnGpu(on_gpu(kind))),
}

TYPES = {"f": torch.float32, "d": torch.float64, "b": torch.bfloat16}


@pytest.fixture(params=["host", "gpu"] if torch.cuda.is_available() else ["host"], autouse=True)
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Engine]:
    """What `fused` computes by, for tensors of the CPU."""
    made = ENGINES[request.param]
    kinds = {dtype: kind for kind, dtype in TYPES.items()}
    monkeypatch.setattr(calling, "engine_for", lambda bound, x, theta: made(kinds[x.dtype]))
    return made


def test_calls_come_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """All below would pass on the CPU's library too."""
    monkeypatch.setattr(calling, "engine_for", lambda bound, x, theta: None)
    programs, x = Programs.of([parse("a*sin(x) | a=1.3")], 1), drawn(1, 500, 1, dtype=torch.float32)
    exact = fused(programs, x.double(), torch.tensor([1.3]).double())
    monkeypatch.undo()
    monkeypatch.setattr(calling, "engine_for", lambda bound, x, theta: OnGpu(host("b")))
    y = fused(programs, x.bfloat16(), torch.tensor([1.3]))
    assert y.dtype == torch.bfloat16
    torch.testing.assert_close(y.double(), exact, rtol=0.01, atol=0.02)


@pytest.mark.parametrize("kind", rows.KINDS)
@pytest.mark.parametrize("row", list(rows.ROWS.values()), ids=lambda row: row.name)
def test_rows_are_those_of_the_reference(row: Op, kind: Kind) -> None:
    """At all points at which the library's are compared, finite and not, as exactly."""

    def loop(name: str, *columns: np.ndarray) -> tuple[np.ndarray, ...]:
        programs = Programs.of([parse(f"{name}({', '.join(('x', 'x1', 'x2')[: row.arity])})")], 1)
        x = torch.tensor(np.stack(columns, axis=-1), dtype=TYPES[kind])[None].requires_grad_()
        y = fused(programs, x, torch.empty(0, dtype=TYPES[kind]))
        (gx,) = torch.autograd.grad(y, x, torch.ones_like(y))
        return (y.detach()[0, :, 0].numpy(), *gx[0].T.numpy())

    rows.check_ordinary(row, kind, loop)
    rows.check_special(row, kind, loop)


@pytest.mark.parametrize(
    ("expr", "dtype"),
    [*((expr, torch.float32) for expr in EXPRS), *((expr, torch.float64) for expr in EXPRS[::3])],
    ids=str,
)
def test_values_and_slopes_are_those_of_the_reference(expr: Expr, dtype: torch.dtype) -> None:
    cpu.test_values_and_slopes_are_those_of_the_reference(expr, dtype)


@pytest.mark.parametrize("own", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("expr", EXPRS[::4], ids=str)
def test_bfloat16_is_the_reference_rounded_once(expr: Expr, own: torch.dtype) -> None:
    """Inputs are what bfloat16 holds; all between is float32; outputs are rounded to the nearest, by 2^-8."""
    programs, cut = Programs.of([expr], 1), pieces(expr)
    x, g = drawn(1, 300, cut, dtype=torch.bfloat16), drawn(1, 300, 1, seed=1, dtype=torch.bfloat16)
    theta = torch.tensor(programs.starts(), dtype=own)
    found = pulled(programs, x, theta, g)
    assert [tensor.dtype for tensor in found] == [torch.bfloat16, torch.bfloat16, own]
    exactly = pulled(programs, x.float(), theta.float(), g.float())
    for short, long in zip(found[:2], exactly[:2], strict=True):
        assert torch.equal(short.nan_to_num(7.0), long.bfloat16().nan_to_num(7.0))
    torch.testing.assert_close(found[2], exactly[2].to(own), rtol=0.0, atol=0.0, equal_nan=True)
    # And so near the float64 reference, where terms do not cancel.
    inputs = [x[0, :, piece].double().numpy() for piece in range(cut)]
    weights = g[0, :, 0].double().numpy()
    given = dict(zip((param.name for param in cpu.params(expr)), theta.double().tolist(), strict=True))
    with np.errstate(all="ignore"):
        exact = [value(expr, inputs, given)]
        exact += [one * weights for one in slope(expr, inputs, given)]
        sums = [one * weights for one in param_slopes(expr, inputs, given).values()]
    near = [found[0][0, :, 0], *found[1][0].T]
    for one, told in zip(near, exact, strict=True):
        finite = np.isfinite(told)
        size = float(np.median(np.abs(told[finite]))) if finite.any() else 0.0
        errors = np.abs(one.double().numpy() - told)[finite]
        assert np.quantile(errors - 2**-8 * np.abs(told[finite]), 0.95) <= 1e-4 * size + 1e-7
    for one, terms in zip(found[2].double().tolist(), sums, strict=True):
        if np.isfinite(terms).all():
            rounding = 1e-4 if own == torch.float32 else 4e-3
            assert abs(one - terms.sum()) <= rounding * np.abs(terms).sum() + 1e-6


@pytest.mark.parametrize(
    ("width", "shape"),
    [
        (6, (5, 6)),
        (6, (0, 6)),
        (6, (6,)),
        ((3, 6), (90, 3, 6)),
        ((6, 4, 5), (7, 6, 4, 5)),
        ((6, 3, 17), (2, 6, 3, 17)),
        ((6, 2, 3, 2), (3, 6, 2, 3, 2)),
        (6, (700, 6)),
    ],
)
@pytest.mark.parametrize("cut", [1, 2, 3])
def test_every_shape_is_read_as_the_modules_read_it(
    width: int | tuple[int, ...], shape: tuple[int, ...], cut: int
) -> None:
    cpu.test_every_shape_is_read_as_the_modules_read_it(width, shape, cut)


@pytest.mark.parametrize("shape", [(2, 0, 3), (2, 4, 3, 0, 5)])
def test_nothing_comes_of_nothing(shape: tuple[int, ...]) -> None:
    programs = Programs.of([parse("a*x | a=2.0 channel"), parse("a*x | a=2.0")], 3)
    y, gx, gtheta = pulled(programs, drawn(*shape), numbers(programs), drawn(*shape))
    assert (y.shape, gx.shape) == (shape, shape)
    assert gtheta.eq(0.0).all()


def test_a_piece_that_is_named_nowhere_has_slope_zero() -> None:
    cpu.test_a_piece_that_is_named_nowhere_has_slope_zero()


@pytest.mark.parametrize(("lanes", "cut", "rows"), [(2, 1, 37), (32, 1, 64), (5, 2, 400)])
def test_a_lane_has_the_same_bits_in_any_company(lanes: int, cut: int, rows: int) -> None:
    cpu.test_a_lane_has_the_same_bits_in_any_company(lanes, cut, rows)


def test_long_company_changes_no_bit() -> None:
    """A program for which few threads find room in a block leaves the others as they are."""
    waves = [f"sin({place}.0*x*b)" for place in range(2, 70)]
    groups = [f"({' + '.join(waves[place : place + 10])})" for place in range(0, len(waves), 10)]
    long = parse(" + ".join(groups) + " | b=0.3 channel")
    short = parse("a*x*sigmoid(b*x) | a=1.0, b=1.0 channel")
    x, g = drawn(2, 900, 5), drawn(2, 900, 5, seed=2)
    both, alone = Programs.of([short, long], 5), Programs.of([short, short], 5)
    theta = numbers(both)
    together = pulled(both, x, theta, g)
    others = pulled(alone, x, torch.cat([theta[:6], theta[:6]]), g)
    for one, other in zip(
        (together[0][0], together[1][0], together[2][:6]),
        (others[0][0], others[1][0], others[2][:6]),
        strict=True,
    ):
        assert torch.equal(one, other)
    y = eager(both, x, theta)
    torch.testing.assert_close(together[0], y, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("expr", [*RANDOM[:2], *(parse(text) for text in cpu.TEXTS[:3])], ids=str)
def test_first_and_second_derivatives_are_those_of_finite_differences(expr: Expr) -> None:
    cpu.test_first_and_second_derivatives_are_those_of_finite_differences(expr)


def test_second_derivatives_of_bfloat16_come_from_eager_torch() -> None:
    programs = Programs.of([parse("sin(a*x)*x | a=1.3"), parse("x*sigmoid(x)")], 4)
    x = drawn(2, 50, 4, dtype=torch.bfloat16).requires_grad_()
    theta = numbers(programs, torch.float32).requires_grad_()
    (gx,) = torch.autograd.grad(fused(programs, x, theta).float().sum(), x, create_graph=True)
    twice = torch.autograd.grad(gx.float().square().sum(), (x, theta))
    assert [one.dtype for one in twice] == [torch.bfloat16, torch.float32]
    assert all(one.abs().sum() > 0 for one in twice)


def test_inside_vmap_the_lanes_are_seen_and_gradients_flow_outside() -> None:
    cpu.test_inside_vmap_the_lanes_are_seen_and_gradients_flow_outside()


def test_lanes_that_the_kernel_does_not_serve_run_beside_the_others() -> None:
    cpu.test_lanes_that_the_kernel_does_not_serve_run_beside_the_others()


def test_numbers_that_are_none_stay_where_they_are() -> None:
    cpu.test_numbers_that_are_none_stay_where_they_are()


def test_sums_over_many_values_lose_nothing() -> None:
    cpu.test_sums_over_many_values_lose_nothing()


def test_what_is_found_of_programs_is_forgotten_with_them() -> None:
    programs = Programs.of([parse("a*sin(x) | a=2.0"), parse("x")], 3)
    x = drawn(2, 5, 3).requires_grad_()
    fused(programs, x, numbers(programs)).sum().backward()
    gone = weakref.ref(programs)
    del programs
    gc.collect()
    assert gone() is None
