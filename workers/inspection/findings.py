"""`FINDINGS`: what may be wrong with a model, one a row: how it shows, and what would do."""

from collections.abc import Callable
from dataclasses import dataclass

from .observation import Observed
from .outputs import no_softmax, out_of_reach, sigmoid_twice, softmax_twice, unused_outputs
from .signals import (
    dead_units,
    deep_tanh,
    fading_signal,
    hidden_sigmoid,
    no_activation,
    not_finite,
    saturated,
    small_batches,
    stuck,
    unequal_gradients,
    unfit_selu,
    unfit_weights,
    useless_bias,
)

__all__ = ["FINDINGS", "Finding"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One kind of trouble."""

    name: str
    find: Callable[[Observed], str | None]
    """The sentence with the figures; None where all is well."""
    advice: str
    instead: tuple[str, ...] = ()
    """Activations worth a try."""


FINDINGS = (
    Finding(
        name="softmax-twice",
        find=softmax_twice,
        advice="take the softmax out of the model: gradients of a softmax of a softmax are small everywhere",
    ),
    Finding(
        name="no-softmax",
        find=no_softmax,
        advice="use `nn.functional.cross_entropy` on plain outputs",
    ),
    Finding(
        name="sigmoid-twice",
        find=sigmoid_twice,
        advice="take the sigmoid out of the model, or use `nn.functional.binary_cross_entropy`",
    ),
    Finding(
        name="unused-outputs",
        find=unused_outputs,
        advice="make the last layer as wide as there are classes",
    ),
    Finding(
        name="out-of-reach",
        find=out_of_reach,
        advice="leave the last layer without activation, or scale the targets",
    ),
    Finding(
        name="no-activation",
        find=no_activation,
        advice="put an activation behind every hidden layer",
        instead=("relu", "gelu"),
    ),
    Finding(
        name="hidden-sigmoid",
        find=hidden_sigmoid,
        advice="its slope is at most 1/4, so that gradients fade with depth; keep it for gates and outputs",
        instead=("relu", "gelu", "silu"),
    ),
    Finding(
        name="deep-tanh",
        find=deep_tanh,
        advice="with so many layers try a function that does not saturate on both sides, or normalise",
        instead=("gelu", "silu", "elu"),
    ),
    Finding(
        name="signal",
        find=fading_signal,
        advice="scale the initial weights, or put a normalisation in front of the sites",
        instead=("selu",),
    ),
    Finding(
        name="initial-weights",
        find=unfit_weights,
        advice="draw hidden weights with deviation 1/sqrt(fan_in * E[f(z)^2]), z standard normal",
    ),
    Finding(
        name="selu-weights",
        find=unfit_selu,
        advice="draw weights with deviation 1/sqrt(fan_in) (`lecun_normal`)",
        instead=("elu",),
    ),
    Finding(name="useless-bias", find=useless_bias, advice="make those layers with `bias=False`"),
    Finding(
        name="dead-units",
        find=dead_units,
        advice="lower the learning rate, or take a function whose slope is 0 nowhere",
        instead=("leaky_relu", "elu", "gelu"),
    ),
    Finding(
        name="saturation",
        find=saturated,
        advice="scale the initial weights down, normalise, or take a function that is open on one side",
        instead=("relu", "silu"),
    ),
    Finding(
        name="gradients",
        find=unequal_gradients,
        advice="normalise, add skip connections, or match the initial weights to the function",
        instead=("gelu",),
    ),
    Finding(
        name="not-finite",
        find=not_finite,
        advice="lower the learning rate, and look for large inputs",
        instead=("tanh",),
    ),
    Finding(
        name="stuck",
        find=stuck,
        advice="try another learning rate, and see whether targets and loss belong together",
    ),
    Finding(
        name="small-batches", find=small_batches, advice="use a normalisation that looks at one row alone"
    ),
)
