"""What torch sees of the kernel: the activations of many lanes in one call.

    x (lane, batch, ..., pieces * width), theta (sum of sizes,)  ->  y (lane, batch, ..., width)

Forward keeps nothing but `x`; backward computes each block again, with the adjoints of its inputs and
parameters in the same pass: so a population needs no more memory than what its layers hand on.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeAlias
from weakref import WeakKeyDictionary

import torch
from torch._C._functorch import (  # pyright: ignore[reportPrivateImportUsage]
    TransformType,
    _add_batch_dim,  # pyright: ignore[reportPrivateUsage]
    _unwrap_batched,  # pyright: ignore[reportPrivateUsage]
)
from torch._functorch.pyfunctorch import retrieve_current_functorch_interpreter
from torch.autograd import forward_ad

from ..errors import ExprError
from ..expr import Expr
from ..module import module, module_class
from .bound import Bound, Laid, bound_of
from .eager import in_turn
from .engine import Engine, engine_for
from .gpu import gpu, gpu_loaded
from .library import library, loaded
from .site import Programs

__all__ = ["Programs", "available", "eager", "fused", "fused_module", "why_not"]

_Run: TypeAlias = Callable[[Programs, torch.Tensor, torch.Tensor], torch.Tensor]


def available(device: torch.device | str = "cpu") -> bool:
    """Whether the kernel can be used there; the first call builds it where it must, in seconds."""
    place = torch.device(device)
    if place.type == "cpu":
        return library("f") is not None
    return place.type == "cuda" and torch.cuda.is_available() and gpu("f", place) is not None


def why_not(device: torch.device | str = "cpu") -> str:
    """Why the kernel is not available there, one sentence; empty where it is."""
    place = torch.device(device)
    if available(place):
        return ""
    if place.type == "cpu":
        return loaded("f").why_not
    if place.type == "cuda" and torch.cuda.is_available():
        return gpu_loaded("f", place).why_not
    return f"there is no kernel for `{place}` here"


def fused(programs: Programs, x: torch.Tensor, theta: torch.Tensor) -> torch.Tensor:
    """y of every lane's own function, by the kernel for those that are `served`, else as `eager`.

    x: (lane, batch, ..., pieces * width), cut along axis 1 of a lane's four axes or more, else the last;
    inside `torch.func.vmap` over the lanes (all of them, without `chunk_size`) a tensor without that axis.
    theta: (sum(sizes),), never batched. Both float32 or both float64, on the CPU or one GPU of CUDA; there
    also x in bfloat16, with theta in it or in float32. All else runs in eager torch, as does everything where
    there is no kernel, and forward-mode derivatives. Differentiable by both, as often as wanted: derivatives
    of derivatives come from `eager`. Raises `ExprError` for shapes that do not fit, and inside transforms of
    `torch.func` other than vmap.
    """
    if torch._C._are_functorch_transforms_active():  # pyright: ignore[reportPrivateUsage]
        return _below(fused, programs, x, theta)
    bound = bound_of(programs)
    laid = bound.laid(programs, x, theta)
    engine = engine_for(bound, x, theta) if any(programs.served) else None
    if engine is None or _moving(x, theta):
        return in_turn(programs, x, theta)
    if bound.packed is None:
        return _mixed(programs, x, theta)
    x, theta = x.contiguous(), theta.contiguous()
    if torch.is_grad_enabled() and (x.requires_grad or theta.requires_grad):
        return _Fused.apply(programs, bound, engine, laid, x, theta)
    return engine.value(bound, laid, x, theta)


def eager(programs: Programs, x: torch.Tensor, theta: torch.Tensor) -> torch.Tensor:
    """The same by the torch text of the rows, lane by lane."""
    if torch._C._are_functorch_transforms_active():  # pyright: ignore[reportPrivateUsage]
        return _below(eager, programs, x, theta)
    bound_of(programs).laid(programs, x, theta)
    return in_turn(programs, x, theta)


def _moving(x: torch.Tensor, theta: torch.Tensor) -> bool:
    """Whether forward-mode derivatives are asked for, which the kernel would drop without a word."""
    if forward_ad._current_level < 0:  # pyright: ignore[reportPrivateUsage]
        return False
    return any(forward_ad.unpack_dual(tensor).tangent is not None for tensor in (x, theta))


class _Fused(torch.autograd.Function):
    """All lanes at once, below every transform."""

    @staticmethod
    def forward(
        ctx: Any,
        programs: Programs,
        bound: Bound,
        engine: Engine,
        laid: Laid,
        x: torch.Tensor,
        theta: torch.Tensor,
    ) -> torch.Tensor:
        ctx.programs, ctx.bound, ctx.engine, ctx.laid = programs, bound, engine, laid
        ctx.save_for_backward(x, theta)
        return engine.value(bound, laid, x, theta)

    @staticmethod
    def backward(ctx: Any, *grads: torch.Tensor) -> Any:
        (g,), (x, theta) = grads, ctx.saved_tensors
        engine: Engine = ctx.engine
        if torch.is_grad_enabled():
            return None, None, None, None, *_twice(ctx.programs, x, theta, g)
        gx, gtheta = engine.pull(ctx.bound, ctx.laid, x, theta, g.contiguous())
        wanted = ctx.needs_input_grad
        return None, None, None, None, gx if wanted[4] else None, gtheta if wanted[5] else None


def _twice(
    programs: Programs, x: torch.Tensor, theta: torch.Tensor, g: torch.Tensor
) -> tuple[torch.Tensor | None, ...]:
    """The adjoints of x and theta, themselves differentiable."""
    sources = [tensor for tensor in (x, theta) if tensor.requires_grad]
    y = in_turn(programs, x, theta)
    if not y.requires_grad:
        return None, None
    found = iter(torch.autograd.grad(y, sources, g, create_graph=True, allow_unused=True))
    return tuple(next(found) if tensor.requires_grad else None for tensor in (x, theta))


def _mixed(programs: Programs, x: torch.Tensor, theta: torch.Tensor) -> torch.Tensor:
    """Some lanes by the kernel, the others by eager torch, put together in their order."""
    rows = torch.split(theta, list(programs.sizes))
    done: dict[int, torch.Tensor] = {}
    for served in (True, False):
        lanes = [lane for lane, by_kernel in enumerate(programs.served) if by_kernel is served]
        run = fused if served else in_turn
        part = run(_part(programs, served), x[lanes], torch.cat([rows[lane] for lane in lanes]))
        done.update(zip(lanes, part.unbind(), strict=True))
    return torch.stack([done[lane] for lane in range(len(programs.exprs))])


_PARTS: "WeakKeyDictionary[Programs, dict[bool, Programs]]" = WeakKeyDictionary()


def _part(programs: Programs, served: bool) -> Programs:
    found = _PARTS.get(programs)
    if found is None:
        found = _PARTS[programs] = {
            which: programs.take([lane for lane, by in enumerate(programs.served) if by is which])
            for which in (True, False)
        }
    return found[served]


def _below(run: _Run, programs: Programs, x: torch.Tensor, theta: torch.Tensor) -> torch.Tensor:
    """`run` with all lanes, below the `torch.func.vmap` that hides their axis, where autograd records.

    Not by the batching rule of an autograd function, for which torch needs 0.2 ms a call, and whose gradient
    outside vmap is silently none where the rule calls C itself.
    """
    interpreter = retrieve_current_functorch_interpreter()
    if interpreter.key() != TransformType.Vmap:
        raise ExprError(
            "activations of several lanes run inside `torch.func.vmap` over the lanes alone; take gradients "
            "outside of it, by `backward` or `torch.autograd.grad`"
        )
    level = interpreter.level()
    below, axis = _unwrap_batched(x, level)
    if _unwrap_batched(theta, level)[1] is not None:
        raise ExprError("`theta` holds the parameters of all lanes, so it is not batched: close over it")
    if axis is None:
        raise ExprError("`x` has no axis of lanes: it is not batched by the `torch.func.vmap` over the lanes")
    with interpreter.lower():
        y = run(programs, below.movedim(axis, 0), theta)
    return _add_batch_dim(y, 0, level)


def fused_module(expr: Expr, width: int | tuple[int, ...] = 1) -> torch.nn.Module:
    """A fresh module for one site as `module` makes it (parameters, names, `expr_text`, `pieces`), whose
    values and slopes come from the kernel where it serves; inside transforms of `torch.func` from eager."""
    return _fused_class(expr)(width)


@lru_cache(maxsize=4096)
def _fused_class(expr: Expr) -> type[torch.nn.Module]:
    plain, names = module_class(expr), [name for name, _ in module(expr).named_parameters()]

    def start(self: Any, width: int | tuple[int, ...] = 1) -> None:
        torch.nn.Module.__init__(self)
        for name, parameter in plain(width).named_parameters():
            self.register_parameter(name, parameter)
        self._programs = Programs.of([expr], width)

    def forward(self: Any, x: torch.Tensor) -> torch.Tensor:
        if torch._C._are_functorch_transforms_active() or x.dim() < 1:  # pyright: ignore[reportPrivateUsage]
            return plain.forward(self, x)
        rows = [getattr(self, name).reshape(-1) for name in names]
        theta = torch.cat(rows) if rows else x.new_empty(0)
        return fused(self._programs, x.unsqueeze(0), theta).squeeze(0)

    said = {"__doc__": plain.__doc__, "__module__": __name__, "expr_text": plain.__dict__["expr_text"]}
    own = {"pieces": plain.__dict__["pieces"], "__init__": start, "forward": forward}
    return type("Activation", (torch.nn.Module,), {**said, **own})
