"""Attention against its formula, alone, and many folded into one call, with their gradients."""

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.func import grad, vmap

from actsearch.workers.attention import CausalAttention, attend

LANES, ROWS, HEADS, TIME, SIZE = 3, 2, 2, 5, 4


def drawn(*shape: int) -> tuple[Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    q, k, v = (torch.randn(*shape, generator=generator, dtype=torch.float64) for _ in range(3))
    return q, k, v


def by_formula(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Row by row, head by head, moment by moment."""
    out = np.zeros(v.shape)
    for place in np.ndindex(*q.shape[:-1]):
        *own, time = place
        keys, values = k[*own, : time + 1].numpy(), v[*own, : time + 1].numpy()
        scores = keys @ q[place].numpy() / np.sqrt(q.shape[-1])
        shares = np.exp(scores - scores.max())
        out[place] = shares @ values / shares.sum()
    return torch.from_numpy(out)


def test_attention_is_its_formula() -> None:
    parts = drawn(ROWS, HEADS, TIME, SIZE)
    torch.testing.assert_close(attend(*parts), by_formula(*parts))


@pytest.mark.parametrize("in_dims", [(0, 0, 0), (1, 0, 2), (0, None, 0)])
def test_lanes_folded_into_rows_are_lanes_alone(in_dims: tuple[int | None, ...]) -> None:
    parts = drawn(LANES, ROWS, HEADS, TIME, SIZE)
    given = [
        part[0] if axis is None else part.movedim(0, axis) for part, axis in zip(parts, in_dims, strict=True)
    ]
    alone = [
        attend(*(part[0] if axis is None else part[lane] for part, axis in zip(parts, in_dims, strict=True)))
        for lane in range(LANES)
    ]
    together = vmap(attend, in_dims=in_dims)(*given)
    assert torch.equal(together, torch.stack(alone))


def test_lanes_of_lanes_are_folded_too() -> None:
    parts = drawn(2, LANES, ROWS, HEADS, TIME, SIZE)
    together = vmap(vmap(attend))(*parts)
    assert torch.equal(together, attend(*(part.flatten(0, 2) for part in parts)).view(together.shape))


def test_gradients_inside_and_outside_of_vmap_are_those_alone() -> None:
    parts = drawn(LANES, ROWS, HEADS, TIME, SIZE)
    leaves = [part.clone().requires_grad_() for part in parts]
    outside = torch.autograd.grad(vmap(attend)(*leaves).pow(3).sum(), leaves)
    inside = vmap(grad(lambda *own: attend(*own).pow(3).sum(), argnums=(0, 1, 2)))(*parts)
    for lane in range(LANES):
        own = [part[lane].clone().requires_grad_() for part in parts]
        alone = torch.autograd.grad(attend(*own).pow(3).sum(), own)
        for place in range(3):
            torch.testing.assert_close(outside[place][lane], alone[place])
            torch.testing.assert_close(inside[place][lane], alone[place])


def test_a_float32_lane_has_the_same_bits_in_any_company() -> None:
    parts = [part.float() for part in drawn(32, 8, 2, 32, 16)]
    whole = vmap(attend)(*parts)
    for chosen in ([0, 1], [5, 31, 0], list(range(31, -1, -1))):
        assert torch.equal(vmap(attend)(*(part[chosen] for part in parts)), whole[chosen])


def test_nobody_looks_ahead() -> None:
    torch.manual_seed(0)
    attention = CausalAttention(8, 2)
    before = torch.randn(1, TIME, 8)
    after = before.clone()
    after[0, 3] += 1.0
    changed = (attention(before) - attention(after)).abs().amax(-1)[0] > 1e-6
    assert changed.tolist() == [False, False, False, True, True]
