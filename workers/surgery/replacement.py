"""`replace_activations`: another function at the sites of a model that exists already."""

import copy
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import torch
from torch import Tensor, nn

from ...primitives import Call, Const, Expr, ExprError, TaskError, format, params, parse, pieces
from ...primitives.module import module
from ...primitives.ops import over_axis
from ..generator import forked_generator
from .known import AXIS
from .moments import second_moment, second_moment_of
from .places import Place, find_activations
from .stand_in import StandIn, expose

__all__ = ["replace_activations"]


def replace_activations(
    model: nn.Module,
    expr: Expr | str,
    *,
    pattern: str | Sequence[str] = "*",
    example: Any = None,
    initialise: bool = True,
    quiet: bool = False,
) -> nn.Module:
    """A copy of `model` whose activations are `expr`, an expression or a text; prints each site, old and new.

    Modules are exchanged (`nn.ReLU`, ours, modules of your own that act on each number), and so are
    functional calls (`F.gelu(x)`, `x.relu()`), for which the module that makes them is rewritten by
    torch.fx; every use becomes a site with parameters of its own. Weights, names of other layers, device,
    dtype, hooks and mode stay. `pattern` chooses sites by name (`*`, `encoder.*.act`), one or several. What
    makes the output of the model, gates (a sigmoid that something else is multiplied by), parts of a formula
    (the sigmoid of `x * torch.sigmoid(x)`), `nn.GLU` where the function has one piece, and softmax anywhere
    are left alone unless a pattern other than `*` names them.

    `example` is an input of the model, or a tuple of its arguments: it is needed where parameters have one
    value a channel or neuron, and where it is given the rewritten model must answer it as the old one did.

    With `initialise` the function is multiplied by sqrt(E[old(z)^2] / E[new(z)^2]), z standard normal, so
    that the weights the model was initialised with suit it too (He, Zhang, Ren, Sun 2015, arXiv 1502.01852,
    for any function).

    Raises `TaskError` where no site is replaced, or where the model cannot be changed; `ExprError` for the
    expression.
    """
    if not isinstance(model, nn.Module):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise TaskError(f"`model` is a `{type(model).__name__}`, and a `torch.nn.Module` would do")
    wanted = parse(expr) if isinstance(expr, str) else expr
    patterns = [pattern] if isinstance(pattern, str) else list(pattern)
    found = find_activations(model)
    chosen = [place for place in found.places if _chosen(place, patterns, pieces(wanted))]
    left = [place for place in found.places if place not in chosen]
    if not chosen:
        raise TaskError(_nothing(patterns, left, found.hidden))
    idle = [
        one for one in patterns if one != "*" and not any(fnmatchcase(place.name, one) for place in chosen)
    ]
    if idle:
        raise TaskError(_nothing(idle, found.places, found.hidden))
    _check_pieces(wanted, chosen)
    scopes = {param.scope for param in params(wanted)}
    if example is None and scopes - {"layer"}:
        raise TaskError(
            f"`{format(wanted)}` has one parameter a {min(scopes - {'layer'})}; "
            "give `example=`, an input of the model, by which the widths of its sites are found"
        )
    new = expose(_copied(model), chosen)
    if example is not None:
        _run_alike(model, new, example)
    swaps = [
        _swap(new, stand_in, name, wanted, initialise)
        for name, stand_in in list(new.named_modules())
        if isinstance(stand_in, StandIn)
    ]
    if example is not None:
        _answer(new, example)  # as where a gate cuts another axis than the old one did
    if not quiet:
        print(_report(wanted, swaps, left, found.hidden))
    return new


_HALVES = frozenset({"GLU", "glu"})


@dataclass(frozen=True, slots=True)
class _Swap:
    place: Place
    factor: float
    shape: tuple[int, ...]


def _chosen(place: Place, patterns: Sequence[str], count: int) -> bool:
    named = any(fnmatchcase(place.name, pattern) for pattern in patterns if pattern != "*")
    return named or ("*" in patterns and not _why_left(place, count))


def _why_left(place: Place, count: int) -> str:
    """Why `*` does not mean `place` for a function of `count` pieces; empty where it does."""
    if place.output:
        return "the output of the model"
    if place.old in AXIS:
        return "it acts over an axis"
    if place.part:
        return "part of a formula, which as a module of its own could be replaced"
    if place.gate:
        return "a gate"
    return "it halves its input" if place.old in _HALVES and count == 1 else ""


def _copied(model: nn.Module) -> nn.Module:
    try:
        return copy.deepcopy(model)
    except Exception as error:
        raise TaskError(f"the model cannot be copied: {type(error).__name__}: {error}") from error


def _check_pieces(wanted: Expr, chosen: Sequence[Place]) -> None:
    if (count := pieces(wanted)) == 1:
        if halving := [place.name for place in chosen if place.old in _HALVES]:
            raise TaskError(
                f"`{halving[0]}` (GLU) halves its input, and `{format(wanted)}` does not; choose one of "
                "two pieces, as `x*sigmoid(x1)`"
            )
        return
    narrow = [place for place in chosen if not (count == 2 and place.old in _HALVES)]
    if narrow:
        raise TaskError(
            f"`{format(wanted)}` cuts its input into {count} pieces, and the layer before `{narrow[0].name}` "
            f"(`{narrow[0].old}`) gives one; choose a function of one piece, or make that layer {count} "
            "times as wide and put `nn.GLU` behind it"
        )


def _swap(model: nn.Module, stand_in: StandIn, name: str, wanted: Expr, initialise: bool) -> _Swap:
    factor = _factor(stand_in, wanted) if initialise else 1.0
    shape, channels = stand_in.shape, 1
    neuron = any(param.scope == "neuron" for param in params(wanted))
    if len(shape) > 0:
        channels = shape[1 if len(shape) > 3 else len(shape) - 1] // pieces(wanted)
    width = shape[1:] if neuron else channels
    scaled = wanted if factor == 1.0 else Call("mul", (Const(factor), wanted))
    site = module(scaled, width)
    like = next(_weights_near(model, stand_in.place.parent), torch.empty(0))
    model.set_submodule(name, site.to(like.device, like.dtype).train(stand_in.training))
    return _Swap(stand_in.place, factor, shape)


def _factor(stand_in: StandIn, wanted: Expr) -> float:
    """What makes the second moment that of the old function; 1 where that has none that is known."""
    old = second_moment_of(stand_in.old)
    if old is None or over_axis(wanted):
        return 1.0
    new = second_moment(wanted)
    if new <= 0.0:
        raise ExprError(f"`{format(wanted)}` is 0 everywhere")
    factor = math.sqrt(old / new)
    return 1.0 if abs(factor - 1.0) < 1e-3 else float(f"{factor:.6g}")


def _weights_near(model: nn.Module, path: str) -> Iterator[Tensor]:
    """Weights of the module at `path`, then of those that hold it: on its device, in its dtype."""
    while True:
        yield from (weight for weight in model.get_submodule(path).parameters() if weight.is_floating_point())
        if not path:
            return
        path = path.rpartition(".")[0]


def _run_alike(model: nn.Module, new: nn.Module, example: Any) -> None:
    """Lets the stand-ins see what comes to them. Raises `TaskError` where the model answers otherwise."""
    pairs = zip(_tensors(_answer(_copied(model), example)), _tensors(_answer(new, example)), strict=True)
    if not all(
        old.is_meta or torch.allclose(old, now, rtol=1e-4, atol=1e-5, equal_nan=True) for old, now in pairs
    ):
        raise TaskError(
            "the model answers the example otherwise once its calls are rewritten: its forward method does "
            "what torch.fx cannot see; choose the sites that are modules by `pattern`"
        )


def _answer(model: nn.Module, example: Any) -> Any:
    """What `model` gives in evaluation mode; what it draws it draws from the same numbers each time."""
    training = [(part, part.training) for part in model.modules()]
    for part in model.modules():
        part.training = False
    try:
        with torch.no_grad(), forked_generator():
            torch.manual_seed(0)
            return model(*copy.deepcopy(example if isinstance(example, tuple) else (example,)))
    except Exception as error:
        raise TaskError(f"the model cannot take the example: {type(error).__name__}: {error}") from error
    finally:
        for part, mode in training:
            part.training = mode


def _tensors(answer: Any) -> Iterator[Tensor]:
    """Those of an answer, also in tuples, lists and mappings."""
    if isinstance(answer, Tensor):
        yield answer
    elif isinstance(answer, Mapping | tuple | list):
        parts: Any = answer
        for part in parts.values() if isinstance(answer, Mapping) else parts:
            yield from _tensors(part)


def _nothing(patterns: Sequence[str], left: Sequence[Place], hidden: Sequence[str]) -> str:
    names = ", ".join(f"`{place.name}` ({place.old}{_role(place)})" for place in left)
    asked = ", ".join(f"`{pattern}`" for pattern in patterns)
    seen = f"it has {names}; name one by `pattern`" if left else "no activation was found in it"
    return "; ".join([f"no activation of the model is replaced by the pattern {asked}: {seen}", *hidden])


def _role(place: Place) -> str:
    if place.output:
        return ", the output"
    return ", part of a formula" if place.part else ", a gate" if place.gate else ""


def _report(wanted: Expr, swaps: Sequence[_Swap], left: Sequence[Place], hidden: Sequence[str]) -> str:
    width = max(len(place.name) for place in [*(swap.place for swap in swaps), *left])
    lines = [f"{len(swaps)} of {len(swaps) + len(left)} activations are now {format(wanted)}"]
    for swap in swaps:
        new = format(wanted) if swap.factor == 1.0 else f"{swap.factor:.4g} times {format(wanted)}"
        shape = f"   {' x '.join(map(str, swap.shape))}" if swap.shape else ""
        lines.append(f"  {swap.place.name:<{width}}  {swap.place.old} -> {new}{shape}")
    for place in left:
        why = _why_left(place, pieces(wanted))
        lines.append(f"  {place.name:<{width}}  {place.old}   left{': ' if why else ''}{why}")
    return "\n".join([*lines, *(f"  not reached: {sentence}" for sentence in hidden)])
