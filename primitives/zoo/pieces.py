"""Functions of several pieces: gates and maxout."""

from .row import Known

__all__ = ["ROWS"]

_SHAZEER = "Shazeer 2020, arXiv 2002.05202"

ROWS = (
    Known(
        "maxout",
        "max(x, x1)",
        "max(x, x1)",
        "pieces",
        "Goodfellow, Warde-Farley, Mirza, Courville, Bengio 2013, arXiv 1302.4389",
    ),
    Known(
        "glu",
        "x*sigmoid(x1)",
        "x/(1 + e^-x1)",
        "pieces",
        "Dauphin, Fan, Auli, Grangier 2016, arXiv 1612.08083",
        torch="torch.nn.functional.glu(x)",
    ),
    Known("bilinear", "x*x1", "x x1", "pieces", _SHAZEER),
    Known("reglu", "relu(x)*x1", "max(x, 0) x1", "pieces", _SHAZEER),
    Known("geglu", "0.5*x*(1 + erf(0.7071067811865476*x))*x1", "x Phi(x) x1", "pieces", _SHAZEER),
    Known("swiglu", "x*sigmoid(x)*x1", "x x1/(1 + e^-x)", "pieces", _SHAZEER),
    Known(
        "drelu",
        "relu(x)*relu(x1)",
        "max(x, 0) max(x1, 0)",
        "pieces",
        "Song, Xie, Zhang, Wen, Ma, Mi, Chen 2024, arXiv 2406.05955",
    ),
)
