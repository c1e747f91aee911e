"""Tensors of a GPU, as a training calls `fused`: only where there is one."""

import pytest
import torch

from actsearch.primitives.expr import pieces
from actsearch.primitives.kernel.fused import Programs, available, fused, why_not
from actsearch.primitives.text import parse
from tests.primitives.kernel.lanes import RANDOM, drawn, numbers, pulled

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU of CUDA here")

PROGRAMS = Programs.of([expr for expr in RANDOM if pieces(expr) == 1], 64)


def test_the_kernel_is_there() -> None:
    assert available("cuda"), why_not("cuda")
    assert why_not("cuda") == ""


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_values_and_gradients_are_those_of_the_cpu_and_repeat(dtype: torch.dtype) -> None:
    x = drawn(len(PROGRAMS.exprs), 500, 64, scale=0.7).to(dtype)
    theta = numbers(PROGRAMS).to(dtype)
    g = drawn(*x.shape, seed=2).to(dtype)
    exactly = pulled(PROGRAMS, x.double(), theta.double(), g.double())
    found, again = (pulled(PROGRAMS, x.cuda(), theta.cuda(), g.cuda()) for _ in range(2))
    rounding = {torch.float32: 1e-4, torch.float64: 1e-9, torch.bfloat16: 1e-2}[dtype]
    for one, other, told in zip(found, again, exactly, strict=True):
        assert one.is_cuda
        assert one.dtype == dtype
        assert torch.equal(one.nan_to_num(7.0), other.nan_to_num(7.0))
        known = told.isfinite()
        errors = (one.cpu().double() - told).abs()[known]
        assert (errors > rounding * (1 + told[known].abs())).double().mean() < 0.01


def test_a_stream_of_ones_own_and_vmap() -> None:
    programs = Programs.of([parse("a*sin(x) | a=2.0 channel"), parse("tanh(x)")], 32)
    x = drawn(2, 4000, 32).float().cuda()
    theta = torch.tensor(programs.starts()).cuda().requires_grad_()
    expected = torch.stack([2 * torch.sin(x[0]), torch.tanh(x[1])])
    side = torch.cuda.Stream()
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        y = torch.func.vmap(lambda x: fused(programs, 2 * x, theta))(x / 2)
        (slopes,) = torch.autograd.grad(y.sum(), theta)
    torch.cuda.current_stream().wait_stream(side)
    torch.testing.assert_close(y, expected, rtol=2e-5, atol=2e-6)
    torch.testing.assert_close(slopes, torch.sin(x[0].double()).sum(0).float(), rtol=1e-4, atol=1e-3)


def test_derivatives_of_derivatives() -> None:
    programs = Programs.of([parse("sin(a*x)*x | a=1.3"), parse("x*sigmoid(x)")], 4)
    x = drawn(2, 3, 4).cuda().requires_grad_()
    theta = numbers(programs).cuda().requires_grad_()
    assert torch.autograd.gradgradcheck(lambda x, theta: fused(programs, x, theta), (x, theta))


@pytest.mark.slow
def test_more_than_two_to_the_31_elements() -> None:
    if torch.cuda.mem_get_info()[0] < 24 * 2**30:
        pytest.skip("24 GiB are not free on the GPU")
    programs = Programs.of([parse("2*x"), parse("a*x | a=3.0")], 1024)
    x = torch.ones(2, 2**20 + 5, 1024, dtype=torch.bfloat16, device="cuda").requires_grad_()
    theta = torch.tensor([3.0], device="cuda", requires_grad=True)
    y = fused(programs, x, theta)
    assert (y[0].eq(2.0).all(), y[1].eq(3.0).all()) == (True, True)
    gx, gtheta = torch.autograd.grad(y, (x, theta), torch.ones_like(y))
    assert (gx[0].eq(2.0).all(), gx[1].eq(3.0).all()) == (True, True)
    assert gtheta.item() == x[1].numel()
