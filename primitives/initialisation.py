"""`Initialisation`: the initial weights that the paper of an activation prescribes, by site.

A site is a layer with the activation behind it: the first one sees the data, the hidden ones see
activations. The layer that makes the outputs has no activation behind it, and counts as hidden.
Biases stay as torch makes them.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, TypeAlias

__all__ = ["WEIGHT_RULES", "Initialisation", "SiteInit", "WeightRule"]

RuleName: TypeAlias = Literal["lecun_normal", "siren_first", "siren_hidden"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightRule:
    """How the weights of a layer are drawn, independently, around 0."""

    distribution: Literal["uniform", "normal"]
    spread: Callable[[int, float], float]
    """Of (fan_in, omega): the bound b of `uniform` on [-b, b], the deviation of `normal`."""
    formula: str
    source: str


WEIGHT_RULES: Mapping[str, WeightRule] = MappingProxyType(
    {
        "lecun_normal": WeightRule(
            distribution="normal",
            spread=lambda fan_in, omega: 1 / math.sqrt(fan_in),
            formula="N(0, 1/fan_in)",
            source="LeCun, Bottou, Orr, Müller 1998, Efficient BackProp",
        ),
        "siren_first": WeightRule(
            distribution="uniform",
            spread=lambda fan_in, omega: 1 / fan_in,
            formula="U(-1/fan_in, 1/fan_in)",
            source="Sitzmann, Martel, Bergman, Lindell, Wetzstein 2020, arXiv 2006.09661",
        ),
        "siren_hidden": WeightRule(
            distribution="uniform",
            spread=lambda fan_in, omega: math.sqrt(6 / fan_in) / omega,
            formula="U(-sqrt(6/fan_in)/omega, sqrt(6/fan_in)/omega)",
            source="Sitzmann, Martel, Bergman, Lindell, Wetzstein 2020, arXiv 2006.09661",
        ),
    }
)
"""`fan_in` counts the inputs of one unit of the layer (of a convolution: channels times kernel)."""


@dataclass(frozen=True, slots=True)
class SiteInit:
    """One site: the rule of its weights, and whether omega multiplies its pre-activation.

    omega is the frequency that a task tunes; where a task has none it is 1.
    """

    weight: RuleName
    omega: bool = False

    def spread(self, fan_in: int, omega: float = 1.0) -> float:
        """Bound or deviation of the weights, see `WeightRule.spread`."""
        return WEIGHT_RULES[self.weight].spread(fan_in, omega)


@dataclass(frozen=True, slots=True, kw_only=True)
class Initialisation:
    """What the paper of an activation prescribes for the layers around it."""

    first: SiteInit
    hidden: SiteInit
