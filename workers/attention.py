"""Causal attention that stays one fused call when many networks are carried together."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.func import debug_unwrap, vjp

from .below import below

__all__ = ["CausalAttention", "attend"]


class CausalAttention(nn.Module):
    """softmax(q k' / sqrt(size)) v in each head, over what came before; no biases.

    (row, time, width) -> (row, time, width).
    """

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.inward = nn.Linear(width, 3 * width, bias=False)
        self.outward = nn.Linear(width, width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        rows, time, width = x.shape
        parts = self.inward(x).view(rows, time, 3, self.heads, width // self.heads)
        q, k, v = parts.permute(2, 0, 3, 1, 4).unbind(0)  # each (row, head, time, size)
        return self.outward(attend(q, k, v).transpose(1, 2).reshape(rows, time, width))


def attend(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """Nobody looks ahead: (row, head, time, size) each, and so is what comes out.

    torch's fused attention has no batching rule on a processor and would run lane by lane; lanes are
    folded into the rows instead, which it treats one by one anyway.
    """
    if debug_unwrap(q) is q:
        return _fused(q, k, v)
    found = below(_folded, q, k, v)
    return found if found is not None else _Folded.apply(q, k, v)  # pyright: ignore


def _fused(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)


def _folded(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """(lane, row, head, time, size)."""
    return _fused(q.flatten(0, 1), k.flatten(0, 1), v.flatten(0, 1)).unflatten(0, q.shape[:2])


def _written_out(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    """The same by single operations, each of which can be differentiated as often as wanted."""
    time, size = q.shape[-2:]
    ahead = torch.full((time, time), -torch.inf, dtype=q.dtype, device=q.device).triu(1)
    return torch.softmax(q @ k.transpose(-1, -2) * size**-0.5 + ahead, dim=-1) @ v


class _Folded(torch.autograd.Function):
    """`_fused` with a batching rule, for transforms inside one another. Its own derivative is for those
    inside `vmap`; outside, that of torch's fused attention is taken."""

    @staticmethod
    def forward(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        return _fused(q, k, v)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx: Any, *coming: Tensor) -> tuple[Tensor, ...]:
        return vjp(_written_out, *ctx.saved_tensors)[1](*coming)

    @staticmethod
    def vmap(info: Any, in_dims: tuple[int | None, ...], *parts: Tensor) -> tuple[Tensor, int]:
        lanes: int = info.batch_size
        folded = (
            (part.expand(lanes, *part.shape) if axis is None else part.movedim(axis, 0)).flatten(0, 1)
            for part, axis in zip(parts, in_dims, strict=True)
        )
        return attend(*folded).unflatten(0, (lanes, -1)), 0
