"""Functions that a search found, by the paper that reports it."""

from .row import Known

__all__ = ["ROWS"]

_SEARCHED = "Ramachandran, Zoph, Le 2017, arXiv 1710.05941"
_MINED = "Vitvitskyi et al. 2026, arXiv 2602.05688"

ROWS = (
    Known("max_sigmoid", "max(x, sigmoid(x))", "max(x, 1/(1 + e^-x))", "searched", _SEARCHED),
    Known("max_tanh", "max(x, tanh(x))", "max(x, tanh x)", "searched", _SEARCHED),
    Known("min_sin", "min(x, sin(x))", "min(x, sin x)", "searched", _SEARCHED),
    Known("cos_minus", "cos(x) - x", "cos x - x", "searched", _SEARCHED),
    Known("atan_square_minus", "atan(x)^2 - x", "(arctan x)^2 - x", "searched", _SEARCHED),
    Known("sinc_plus", "sinc(x) + x", "sin(x)/x + x", "searched", _SEARCHED),
    Known("asinh_square_times", "x*asinh(x)^2", "x (arsinh x)^2", "searched", _SEARCHED),
    Known(
        "aquasurf_product",
        "sigmoid(x)*(-x)*(1 - relu(1 - relu(0.2*x + 0.5)))",
        "-x/(1 + e^-x) min(max(0.2 x + 0.5, 0), 1)",
        "searched",
        "Bingham, Miikkulainen 2023, arXiv 2301.05785",
        note="The best function of the example in the software's manual; the hard sigmoid is TensorFlow's.",
    ),
    Known("gelu_sine", "gelu(x) + 0.1*sin(x)", "x Phi(x) + sin(x)/10", "searched", _MINED),
    Known(
        "gelu_sinc",
        "gelu(x)*(1 + 0.5*sinc(pi*x))",
        "x Phi(x) (1 + sin(pi x)/(2 pi x))",
        "searched",
        _MINED,
        note="Public accounts differ: two of three multiply, one adds sin(x)/(2x).",
    ),
    Known(
        "gmtu",
        "tanh(1.5*x)*exp(-0.2*x^2) + 0.2*x",
        "tanh(1.5 x) e^(-0.2 x^2) + 0.2 x",
        "searched",
        _MINED,
        note="After public code that follows the paper's appendix A.",
    ),
)
