"""`ABSENT`: functions that people may look for here and do not find, and why."""

from collections.abc import Mapping
from types import MappingProxyType

__all__ = ["ABSENT"]

_CONTEXT = "its shape is computed from other channels or pixels by layers of its own"
_MEMORY = "reported for a search by memory only; no copy of the paper's table could be read to check it"

ABSENT: Mapping[str, str] = MappingProxyType(
    {
        "crelu": "two outputs, max(x, 0) and max(-x, 0): a change of the layers around it",
        "dynamic_relu": _CONTEXT,
        "frelu": _CONTEXT,
        "dynamic_shift_max": _CONTEXT,
        "meta_acon": _CONTEXT,
        "evonorm_b0": "a normalisation with running statistics over batches, not a function of its pieces",
        "evonorm_s0": "a normalisation over groups of channels, not a function of its pieces",
        "turbulent": "sign(x) ln(1 + |x|/2) + sin(x) e^(-z^2/2), z standardised over the whole batch, so "
        "that one sample's value depends on the others",
        "multihead_attention": "a layer with weights of its own",
        "trug": "the expectation of a truncated normal; found under this name without a formula",
        "onesin": "sin(pi x) on [-1, 1]; found under this name without a definition beyond",
        "eis3": "x/(1 + d e^(-e x)); its two constants could not be confirmed",
        "erf_sigmoid": f"sigmoid(x) erf(x), {_MEMORY}: Bingham, Macke, Miikkulainen 2020, arXiv 2002.07224",
        "pangaea_wide": f"ln(sigmoid(a x)) b asinh(x), {_MEMORY}: Bingham, Miikkulainen 2022, "
        "arXiv 2006.03179",
        "pangaea_residual": f"a x - b ln(sigmoid(c x)), {_MEMORY}: Bingham, Miikkulainen 2022, "
        "arXiv 2006.03179",
        "hard_sigmoid_elu": f"hard_sigmoid(hard_sigmoid(x)) elu(x), {_MEMORY}: Bingham, Miikkulainen 2023, "
        "arXiv 2301.05785",
    }
)
