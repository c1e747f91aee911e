"""Second moments: by what a function is multiplied to pass on as strong a signal as the one it replaces."""

import copy
import math
from collections.abc import Callable

import torch
from torch import Tensor, nn

from ...primitives import Expr, ExprError, moments

__all__ = ["second_moment", "second_moment_of"]

_REACH, _STEPS = 8.0, 4001


def second_moment(expr: Expr) -> float:
    """E[f(z)^2] for independent standard normals z, parameters at their initial values.

    Raises `ExprError` where it is infinite.
    """
    mean, deviation = moments(expr)
    return mean**2 + deviation**2


def second_moment_of(function: Callable[[Tensor], Tensor] | nn.Module) -> float | None:
    """The same of a foreign function of single numbers, by the trapezoidal rule over +-8; None of any other.

    A module is asked as it is, in evaluation mode; one with several learnable slopes gives their mean.
    """
    channels = 1
    try:
        asked = copy.deepcopy(function)
        if isinstance(asked, nn.Module):
            asked.to("cpu", torch.float64).eval()
            channels = max((weight.numel() for weight in asked.parameters()), default=1)
    except Exception:  # its weights are on no device yet, or it cannot be copied
        return None
    z = torch.linspace(-_REACH, _REACH, _STEPS, dtype=torch.float64)[:, None].expand(-1, channels)
    weights = torch.exp(-0.5 * z * z) * (2.0 * _REACH / (_STEPS - 1)) / math.sqrt(2.0 * math.pi)
    try:
        with torch.no_grad():
            values = asked(z.clone())
            if values.shape != z.shape:
                return None
            found = float((weights * values.double().square()).sum(0).mean())
    except (Exception, ExprError):  # it wants another shape
        return None
    return found if math.isfinite(found) and found > 0.0 else None
