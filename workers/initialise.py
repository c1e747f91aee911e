"""Initial weights and frequencies by site: torch's own, or those that an activation's paper prescribes."""

from collections.abc import Sequence

import torch
from torch import nn

from ..primitives import ZOO, UnknownName
from ..primitives.initialisation import WEIGHT_RULES, Initialisation, SiteInit

__all__ = ["apply_initialisation", "site_frequencies"]

TORCH = "torch"


def site_frequencies(name: str, sites: int, omega: float) -> list[float]:
    """What multiplies the pre-activation of each site, the first one first.

    `torch` layers: omega at the first site, so that the network starts with frequencies of that
    order, 1 at the others. The name of a zoo row: omega where its initialisation says so.
    """
    own = _own(name)
    if own is None:
        return [omega if site == 0 else 1.0 for site in range(sites)]
    return [omega if _site(own, site).omega else 1.0 for site in range(sites)]


def apply_initialisation(name: str, layers: Sequence[nn.Linear | nn.Conv2d], omega: float) -> None:
    """Draws the weights of `layers`, in their order, anew; biases stay as torch made them.

    `torch` leaves the weights as they are too: U(-1/sqrt(fan_in), 1/sqrt(fan_in)). The last layer,
    which no activation follows, is drawn like a hidden one.
    """
    own = _own(name)
    if own is None:
        return
    with torch.no_grad():
        for index, layer in enumerate(layers):
            site = _site(own, index)
            spread = site.spread(layer.weight[0].numel(), omega)
            match WEIGHT_RULES[site.weight].distribution:
                case "uniform":
                    layer.weight.uniform_(-spread, spread)
                case "normal":
                    layer.weight.normal_(0.0, spread)


def _site(own: Initialisation, index: int) -> SiteInit:
    return own.first if index == 0 else own.hidden


def _own(name: str) -> Initialisation | None:
    """Raises `UnknownName` for a name that is neither `torch` nor a zoo row that carries its own."""
    if name == TORCH:
        return None
    own = ZOO[name].initialisation if name in ZOO else None
    if own is None:
        carrying = [row.name for row in ZOO.values() if row.initialisation is not None]
        raise UnknownName("initialisation", name, [TORCH, *carrying])
    return own
