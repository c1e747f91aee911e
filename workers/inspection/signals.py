"""What may be wrong with layers and sites: the signal forward, the gradients back."""

import math

from ...primitives import ExprError, parse
from ..surgery.moments import second_moment
from .observation import Observed

__all__ = [
    "dead_units",
    "deep_tanh",
    "fading_signal",
    "hidden_sigmoid",
    "no_activation",
    "not_finite",
    "saturated",
    "small_batches",
    "stuck",
    "unequal_gradients",
    "unfit_selu",
    "unfit_weights",
    "useless_bias",
]


def no_activation(seen: Observed) -> str | None:
    open_end = seen.linear or any(site.output for site in seen.sites)
    if not seen.inner and not seen.hidden and len(seen.layers) > 1 and open_end:
        return f"{len(seen.layers)} layers follow each other without an activation: they are one linear layer"
    return None


def hidden_sigmoid(seen: Observed) -> str | None:
    names = ("Sigmoid", "sigmoid", "Hardsigmoid", "hardsigmoid", "LogSigmoid", "sigmoid(x)")
    deep = [site for site in seen.inner if site.old in names]
    if len(deep) > 1:
        return f"{_listed([site.name for site in deep])}: sigmoid in {len(deep)} hidden layers"
    return None


def deep_tanh(seen: Observed) -> str | None:
    deep = [site for site in seen.inner if site.old in ("Tanh", "tanh", "tanh(x)")]
    if len(deep) > 4:
        return f"tanh in {len(deep)} hidden layers, one behind the other"
    return None


def fading_signal(seen: Observed) -> str | None:
    inner = [site for site in seen.inner if math.isfinite(site.entering) and site.entering > 0.0]
    if len(inner) < 2:
        return None
    first, last = inner[0].entering, inner[-1].entering
    if last < first / 10.0:
        return (
            f"the signal fades: pre-activations of {first:.2g} at the first site, of {last:.2g} at the last"
        )
    if last > first * 10.0:
        return (
            f"the signal grows: pre-activations of {first:.2g} at the first site, of {last:.2g} at the last"
        )
    return None


def unfit_weights(seen: Observed) -> str | None:
    """Hidden layers whose weights keep less than a third, or more than thrice, the size of the signal."""
    found: list[str] = []
    try:
        moment = second_moment(parse(seen.text))
    except ExprError:  # it has none
        return None
    for layer in seen.layers[1:-1]:
        wanted = 1.0 / math.sqrt(layer.fan_in * moment)
        if not 1 / 3 <= layer.spread / wanted <= 3.0:
            found.append(f"`{layer.name}` has {layer.spread:.2g} where {wanted:.2g} would do")
    if found and not _normalised(seen):
        more = f", and {len(found) - 2} more" if len(found) > 2 else ""
        return f"deviation of the initial weights: {', '.join(found[:2])}{more}"
    return None


def _normalised(seen: Observed) -> bool:
    """Whether what enters the sites has about the same size all along, whatever the weights."""
    sizes = [site.entering for site in seen.inner if math.isfinite(site.entering)]
    return len(sizes) > 1 and min(sizes) > 0.6 and max(sizes) < 1.6


def unfit_selu(seen: Observed) -> str | None:
    if not any(site.old in ("SELU", "selu") for site in seen.inner) and "selu" not in seen.text:
        return None
    wrong = [layer for layer in seen.layers[1:-1] if not 0.8 < layer.spread * math.sqrt(layer.fan_in) < 1.25]
    if wrong:
        return (
            f"selu keeps deviation 1 only with weights of deviation 1/sqrt(fan_in); `{wrong[0].name}` has "
            f"{wrong[0].spread:.2g} where {wrong[0].fan_in ** -0.5:.2g} would do"
        )
    return None


def useless_bias(seen: Observed) -> str | None:
    names = [layer.name for layer in seen.layers if layer.useless_bias]
    return f"the bias of {_listed(names)} is subtracted by the normalisation behind it" if names else None


def dead_units(seen: Observed) -> str | None:
    worst = max(seen.inner, key=lambda site: _known(site.dead), default=None)
    if worst is not None and worst.dead > 0.25:
        return f"{worst.dead:.0%} of the units of `{worst.name}` are dead after {len(seen.losses)} steps"
    return None


def saturated(seen: Observed) -> str | None:
    bounded = [site for site in seen.inner if _known(site.saturated) > 0.5 and _known(site.dead) <= 0.1]
    relu = ("ReLU", "relu", "relu(x)", "ReLU6", "relu6")  # half of whose input gives slope 0 by design
    worst = max((one for one in bounded if one.old not in relu), key=lambda one: one.saturated, default=None)
    if worst is not None:
        return f"{worst.saturated:.0%} of what passes `{worst.name}` meets a slope below 0.05"
    return None


def unequal_gradients(seen: Observed) -> str | None:
    layers = [layer for layer in seen.layers if math.isfinite(layer.gradient) and layer.gradient > 0.0]
    if len(layers) < 3:
        return None
    small, large = (pick(layers, key=lambda layer: layer.gradient) for pick in (min, max))
    if large.gradient > 1000.0 * small.gradient:
        times = large.gradient / small.gradient
        return f"by their weights, the gradient of `{large.name}` is {times:.0f} times that of `{small.name}`"
    return None


def stuck(seen: Observed) -> str | None:
    if len(seen.losses) < 20:
        return None
    tenth = max(1, len(seen.losses) // 10)
    first, last = (sum(part) / tenth for part in (seen.losses[:tenth], seen.losses[-tenth:]))
    if last > 0.98 * first + (0.0 if first > 0 else 0.04 * first):
        return f"the loss does not fall: {first:.4g} at first, {last:.4g} after {len(seen.losses)} steps"
    return None


def not_finite(seen: Observed) -> str | None:
    if len(seen.losses) < seen.steps:
        return f"the loss is not finite at step {len(seen.losses) + 1}"
    return None


def small_batches(seen: Observed) -> str | None:
    batch = seen.task.info.search.batch
    if seen.averages and batch < 8:
        return f"batches of {batch} rows give a batch normalisation little to average"
    return None


def _known(number: float) -> float:
    return number if math.isfinite(number) else 0.0


def _listed(names: list[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown
