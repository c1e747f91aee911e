"""What is found once of a site's programs: their packed form, and how the shapes of its tensors are read."""

import math
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

import torch

from ..errors import ExprError
from ..expr import params
from .gpu import Gpu, Placed, placed
from .gpu_plan import stride
from .library import Layout, Packed
from .site import Programs, param_shape

__all__ = ["Bound", "Laid", "bound_of"]


@dataclass(frozen=True, slots=True)
class Laid:
    """How a tensor of some shape is read, and the shape of what comes of it."""

    layout: Layout
    shape: tuple[int, ...]
    stride: int
    """See `gpu_plan.stride`."""


def _nowhere() -> dict[tuple[torch.dtype, torch.device], Placed | None]:
    return {}


@dataclass(frozen=True, slots=True)
class Bound:
    """Holds no programs, so that it is forgotten with them."""

    packed: Packed | None
    """None where a lane is not served."""
    layouts: dict[torch.Size, Laid] = field(default_factory=dict[torch.Size, Laid])
    there: dict[tuple[torch.dtype, torch.device], Placed | None] = field(default_factory=_nowhere)
    """The packed form on each device that has been asked for; None where a program is too long for it."""

    def laid(self, programs: Programs, x: torch.Tensor, theta: torch.Tensor) -> Laid:
        """How `x` is read. Raises `ExprError` for shapes that do not fit."""
        found = self.layouts.get(x.shape)
        if found is None:
            found = self.layouts[x.shape] = _lay(programs, x.shape)
        if theta.shape != (sum(programs.sizes),):
            raise ExprError(
                "`theta` has one number for each parameter of all lanes, shape "
                f"({sum(programs.sizes)},), not {tuple(theta.shape)}"
            )
        return found

    def placed(self, gpu: Gpu, x: torch.Tensor) -> Placed | None:
        """On the device of `x`, put there at the first call."""
        where = (x.dtype, x.device)
        if where not in self.there:
            assert self.packed is not None
            self.there[where] = placed(self.packed, gpu.kind, x.device)
        return self.there[where]


_BOUND: "WeakKeyDictionary[Programs, Bound]" = WeakKeyDictionary()


def bound_of(programs: Programs) -> Bound:
    """What is known of them by now, to which others add."""
    found = _BOUND.get(programs)
    if found is None:
        found = _BOUND[programs] = Bound(programs.packed() if all(programs.served) else None)
    return found


def _lay(programs: Programs, shape: torch.Size) -> Laid:
    lanes, cut = len(programs.exprs), programs.pieces
    if len(shape) < 2 or shape[0] != lanes:
        raise ExprError(
            f"`x` has {lanes} lanes along its first axis and at least one more, not {tuple(shape)}"
        )
    axis = 2 if len(shape) > 4 else len(shape) - 1
    if shape[axis] % cut:
        raise ExprError(f"cannot cut axis {axis - 1} of a lane, of size {shape[axis]}, into {cut} pieces")
    after = (*shape[:axis], shape[axis] // cut, *shape[axis + 1 :])
    for param in (param for expr in programs.exprs for param in params(expr)):
        size = param_shape(param, programs.width)
        fits = {"layer": True, "channel": size == (after[axis],), "neuron": after[1:][-len(size) :] == size}
        if math.prod(size) != 1 and not fits[param.scope]:
            raise ExprError(
                f"parameter `{param.name}`, one a {param.scope} of a site of width {programs.width}, does "
                f"not fit values of shape {after[1:]} a lane"
            )
    inner = math.prod(after[axis + 1 :])
    layout = Layout(math.prod(after[1:]), inner * after[axis], inner)
    return Laid(layout, after, stride(layout, programs.width))
