"""What counts as an activation in a foreign model: torch's modules and functions, and what acts like one."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

__all__ = ["AXIS", "FUNCTIONS", "METHODS", "MODULES", "in_place", "name_of_call", "name_of_module"]

MODULES: frozenset[type[nn.Module]] = frozenset(
    {
        *(nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.PReLU, nn.RReLU, nn.ELU, nn.CELU, nn.SELU, nn.GELU, nn.GLU),
        *(nn.SiLU, nn.Mish, nn.Hardswish, nn.Hardsigmoid, nn.Hardtanh, nn.Sigmoid, nn.Tanh, nn.Tanhshrink),
        *(nn.Softplus, nn.Softsign, nn.Softshrink, nn.Hardshrink, nn.Threshold, nn.LogSigmoid),
        *(nn.Softmax, nn.Softmax2d, nn.LogSoftmax, nn.Softmin),
    }
)
"""torch's activations; those over an axis are here because they stand at the end of models."""

AXIS = frozenset({"Softmax", "LogSoftmax", "Softmin", "Softmax2d", "softmax", "log_softmax", "softmin"})
"""Names of those that act over an axis: attention and outputs."""

_NAMES = """
    relu relu6 leaky_relu elu celu selu gelu glu silu mish hardswish hardsigmoid hardtanh sigmoid
    tanh tanhshrink softplus softsign softshrink hardshrink threshold logsigmoid softmax log_softmax softmin
    relu_ leaky_relu_ elu_ celu_ selu_ hardtanh_ sigmoid_ tanh_ threshold_
"""

FUNCTIONS: Mapping[Callable[..., Any], str] = MappingProxyType(
    {
        found: name.rstrip("_")
        for place in (torch.special, torch, F)
        for name in _NAMES.split()
        if callable(found := vars(place).get(name))
    }
)
"""Functions of `torch` and `torch.nn.functional` with their names; sin is none of them, being as often an
encoding of places."""

METHODS = frozenset(name for name in _NAMES.split() if callable(getattr(Tensor, name, None)))
"""Methods of tensors, those in place with their `_`."""


def name_of_module(module: nn.Module) -> str | None:
    """What a module computes, where that is an activation: torch's, ours, or one of the user's own.

    One of the user's own has neither children nor weights of two axes, acts on each number alone and
    is not affine; this is tried on numbers, in evaluation mode.
    """
    kind = type(module)
    if kind in MODULES:
        return kind.__name__
    if "expr_text" in vars(kind):
        return str(vars(kind)["expr_text"])
    foreign = not kind.__module__.startswith("torch.")
    if foreign and not any(module.children()) and _acts_alone(module):
        return kind.__name__
    return None


def name_of_call(target: Any, method: bool) -> str | None:
    """The name of a function, or of a method of tensors, where it is an activation."""
    if method:
        return str(target).rstrip("_") if target in METHODS else None
    try:
        return FUNCTIONS.get(target)
    except TypeError:  # what cannot be hashed is no function of torch
        return None


def in_place(target: Any, rest: Sequence[Any], settings: Mapping[str, Any]) -> bool:
    """Whether a call changes its first argument; `rest` are the others that have no name."""
    name = target if isinstance(target, str) else getattr(target, "__name__", "")
    return (
        name.endswith("_")
        or True in [one for one in rest if isinstance(one, bool)]
        or bool(settings.get("inplace"))
    )


def _acts_alone(module: nn.Module) -> bool:
    if any(weight.ndim > 1 for weight in module.parameters()):
        return False
    training, draws = module.training, torch.Generator().manual_seed(0)
    example = next(module.parameters(), torch.empty(0))
    x = 2.0 * torch.randn(64, generator=draws).to(example)
    y = 2.0 * torch.randn(64, generator=draws).to(example)
    company = torch.cat((x[:32], y[32:]))
    module.eval()
    try:
        with torch.no_grad():
            values = module(x.clone())
            if not isinstance(values, Tensor) or values.shape != x.shape:
                return False
            alone = torch.allclose(module(company)[:32], values[:32], rtol=1e-4, atol=1e-5)
            whole, zero = module(x + y), module(torch.zeros_like(x))
            return alone and not torch.allclose(
                values + module(y.clone()), whole + zero, rtol=1e-4, atol=1e-4
            )
    except Exception:  # it wants something else than a tensor, or another shape
        return False
    finally:
        module.train(training)
