"""`ZOO`: the activations that people know, by name. Each is an ordinary expression.

A row carries an initialisation only where its own paper prescribes one as part of the method (SIREN,
SELU). He's is a recipe for any rectifier rather than part of one, so those rows carry none and are
trained with the layers as torch makes them. Where torch has the function, the row equals torch's,
value and slope, at kinks too. A row named as an operator (`relu`, `tanh`) is that operator.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from .errors import UnknownName
from .initialisation import Initialisation, SiteInit

__all__ = ["ZOO", "Known", "known"]

_SIREN = Initialisation(
    first=SiteInit("siren_first", omega=True), hidden=SiteInit("siren_hidden", omega=True)
)
_SELU = Initialisation(first=SiteInit("lecun_normal", omega=True), hidden=SiteInit("lecun_normal"))


@dataclass(frozen=True, slots=True)
class Known:
    """One known activation."""

    name: str
    text: str
    """The expression, as `parse` takes it; `x` the pre-activation, `x1` a second piece."""
    formula: str
    """The same in plain mathematics; Phi is the normal distribution function."""
    family: str
    source: str
    """Paper (authors, year, arXiv id where it has one) or "elementary"."""
    initialisation: Initialisation | None = None
    aliases: tuple[str, ...] = ()


_SEARCHED = "Ramachandran, Zoph, Le 2017, arXiv 1710.05941"
_SHAZEER = "Shazeer 2020, arXiv 2002.05202"
_HOWARD = "Howard et al. 2019, arXiv 1905.02244"
_GELU = "Hendrycks, Gimpel 2016, arXiv 1606.08415"

_ROWS = (
    Known("linear", "x", "x", "linear", "elementary", aliases=("identity",)),
    # Thresholds
    Known("step", "step(x)", "1 where x >= 0, else 0", "threshold", "McCulloch, Pitts 1943"),
    Known(
        "hardshrink",
        "x*(1 - step(0.5 - abs(x)))",
        "x where |x| > 1/2, else 0",
        "threshold",
        "Donoho, Johnstone 1994, Ideal spatial adaptation by wavelet shrinkage",
    ),
    Known(
        "softshrink",
        "relu(x - 0.5) - relu(-x - 0.5)",
        "sign(x) max(|x| - 1/2, 0)",
        "threshold",
        "Donoho 1995, De-noising by soft-thresholding",
    ),
    # Bounded and rising, or nearly so
    Known("sigmoid", "sigmoid(x)", "1/(1 + e^-x)", "sigmoidal", "elementary", aliases=("logistic",)),
    Known("tanh", "tanh(x)", "tanh x", "sigmoidal", "elementary"),
    Known(
        "lecun_tanh",
        "1.7159*tanh(0.6666666666666666*x)",
        "1.7159 tanh(2x/3)",
        "sigmoidal",
        "LeCun, Bottou, Orr, Müller 1998, Efficient BackProp",
    ),
    Known("erf", "erf(x)", "erf x", "sigmoidal", _SEARCHED),
    Known("atan", "atan(x)", "arctan x", "sigmoidal", _SEARCHED, aliases=("arctan",)),
    Known("asinh", "asinh(x)", "arsinh x", "sigmoidal", _SEARCHED),
    Known(
        "softsign",
        "x/(1 + abs(x))",
        "x/(1 + |x|)",
        "sigmoidal",
        "Turian, Bergstra, Bengio 2009, Quadratic features and deep architectures for chunking",
    ),
    Known(
        "isru",
        "x/sqrt(1 + x^2)",
        "x/sqrt(1 + x^2)",
        "sigmoidal",
        "Carlile, Delamarter, Kinney, Marti, Whitney 2017, arXiv 1710.09967",
    ),
    Known("hardsigmoid", "(6 - relu(6 - relu(x + 3)))/6", "min(max(x + 3, 0), 6)/6", "sigmoidal", _HOWARD),
    Known(
        "hardtanh",
        "1 - relu(2 - relu(x + 1))",
        "min(max(x, -1), 1)",
        "sigmoidal",
        "Collobert 2004, Large scale machine learning",
    ),
    Known("logsigmoid", "-softplus(-x)", "-ln(1 + e^-x)", "rectifier", "elementary"),
    # Rectifiers
    Known(
        "relu",
        "relu(x)",
        "max(x, 0)",
        "rectifier",
        "Nair, Hinton 2010, Rectified linear units improve restricted Boltzmann machines",
    ),
    Known(
        "relu6",
        "6 - relu(6 - relu(x))",
        "min(max(x, 0), 6)",
        "rectifier",
        "Krizhevsky 2010, Convolutional deep belief networks on CIFAR-10",
    ),
    Known(
        "leaky_relu",
        "relu(x) + 0.01*min0(x)",
        "max(x, 0) + 0.01 min(x, 0)",
        "rectifier",
        "Maas, Hannun, Ng 2013, Rectifier nonlinearities improve neural network acoustic models",
    ),
    Known(
        "prelu",
        "relu(x) + a*min0(x) | a=0.25 channel",
        "max(x, 0) + a min(x, 0), a learnt per channel from 1/4",
        "rectifier",
        "He, Zhang, Ren, Sun 2015, arXiv 1502.01852",
    ),
    Known(
        "elu",
        "relu(x) + expm1(min0(x))",
        "x where x > 0, else e^x - 1",
        "rectifier",
        "Clevert, Unterthiner, Hochreiter 2015, arXiv 1511.07289",
    ),
    Known(
        "celu",
        "relu(x) + a*expm1(min0(x)/a) | a=1.0",
        "x where x > 0, else a(e^(x/a) - 1), a learnt from 1",
        "rectifier",
        "Barron 2017, arXiv 1704.07483",
    ),
    Known(
        "selu",
        "1.0507009873554805*(relu(x) + 1.6732632423543772*expm1(min0(x)))",
        "1.0507 x where x > 0, else 1.0507 1.6733 (e^x - 1)",
        "rectifier",
        "Klambauer, Unterthiner, Mayr, Hochreiter 2017, arXiv 1706.02515",
        initialisation=_SELU,
    ),
    Known(
        "isrlu",
        "relu(x) + min0(x)/sqrt(1 + min0(x)^2)",
        "x where x > 0, else x/sqrt(1 + x^2)",
        "rectifier",
        "Carlile, Delamarter, Kinney, Marti, Whitney 2017, arXiv 1710.09967",
    ),
    Known(
        "softplus",
        "softplus(x)",
        "ln(1 + e^x)",
        "rectifier",
        "Dugas, Bengio, Bélisle, Nadeau, Garcia 2000, Incorporating second-order functional knowledge",
    ),
    Known(
        "squareplus",
        "0.5*(x + sqrt(x^2 + 4))",
        "(x + sqrt(x^2 + 4))/2",
        "rectifier",
        "Barron 2021, arXiv 2112.11687",
    ),
    Known(
        "squared_relu",
        "relu(x)^2",
        "max(x, 0)^2",
        "rectifier",
        "So, Mańke, Liu, Dai, Shazeer, Le 2021, arXiv 2109.08668",
        aliases=("relu2",),
    ),
    Known(
        "star_relu",
        "s*relu(x)^2 + b | s=0.8944, b=-0.4472",
        "s max(x, 0)^2 + b, learnt from s = 0.8944, b = -0.4472",
        "rectifier",
        "Yu et al. 2022, arXiv 2210.13452",
    ),
    # x times a sigmoidal gate of x
    Known(
        "silu",
        "x*sigmoid(x)",
        "x/(1 + e^-x)",
        "self-gated",
        "Elfwing, Uchibe, Doya 2017, arXiv 1702.03118",
        aliases=("swish1",),
    ),
    Known(
        "dsilu",
        "sigmoid(x)*(1 + x*(1 - sigmoid(x)))",
        "the slope of silu",
        "self-gated",
        "Elfwing, Uchibe, Doya 2017, arXiv 1702.03118",
    ),
    Known(
        "swish",
        "x*sigmoid(b*x) | b=1.0 channel",
        "x/(1 + e^(-bx)), b learnt per channel from 1",
        "self-gated",
        _SEARCHED,
    ),
    Known("gelu", "0.5*x*(1 + erf(0.7071067811865476*x))", "x Phi(x)", "self-gated", _GELU),
    Known(
        "gelu_tanh",
        "0.5*x*(1 + tanh(0.7978845608028654*(x + 0.044715*x^3)))",
        "x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3)))",
        "self-gated",
        _GELU,
    ),
    Known("quick_gelu", "x*sigmoid(1.702*x)", "x/(1 + e^(-1.702x))", "self-gated", _GELU),
    Known("mish", "x*tanh(softplus(x))", "x tanh(ln(1 + e^x))", "self-gated", "Misra 2019, arXiv 1908.08681"),
    Known(
        "hardswish",
        "x*(6 - relu(6 - relu(x + 3)))/6",
        "x min(max(x + 3, 0), 6)/6",
        "self-gated",
        _HOWARD,
    ),
    Known(
        "elish",
        "(relu(x) + expm1(min0(x)))*sigmoid(x)",
        "elu(x)/(1 + e^-x)",
        "self-gated",
        "Basirat, Roth 2018, arXiv 1808.00783",
    ),
    Known(
        "lisht",
        "x*tanh(x)",
        "x tanh x",
        "self-gated",
        "Roy, Manna, Dubey, Chaudhuri 2019, arXiv 1901.05894",
    ),
    Known(
        "tanhexp",
        "x*tanh(exp(x))",
        "x tanh(e^x)",
        "self-gated",
        "Liu, Di 2020, arXiv 2003.09855; as TeLU: Fernandez, Mali 2024, arXiv 2412.20269",
        aliases=("telu",),
    ),
    Known(
        "serf",
        "x*erf(softplus(x))",
        "x erf(ln(1 + e^x))",
        "self-gated",
        "Nag, Bhattacharyya, Mukherjee, Kundu 2021, arXiv 2108.09598",
    ),
    Known("golu", "x*exp(-exp(-x))", "x e^(-e^-x)", "self-gated", "Das et al. 2025, arXiv 2502.03654"),
    Known("tanhshrink", "x - tanh(x)", "x - tanh x", "self-gated", "elementary"),
    # Periodic and local
    Known("sin", "sin(x)", "sin x", "periodic", "Parascandolo, Huttunen, Virtanen 2016, Taming the waves"),
    Known(
        "siren",
        "sin(x)",
        "sin x, omega times every pre-activation, weights U(-1/n, 1/n), then U(+-sqrt(6/n)/omega)",
        "periodic",
        "Sitzmann, Martel, Bergman, Lindell, Wetzstein 2020, arXiv 2006.09661",
        initialisation=_SIREN,
    ),
    Known(
        "snake",
        "x + sin(a*x)^2/a | a=1.0 channel",
        "x + sin^2(ax)/a, a learnt per channel from 1",
        "periodic",
        "Ziyin, Hartwig, Ueda 2020, arXiv 2006.08195",
    ),
    Known("gcu", "x*cos(x)", "x cos x", "periodic", "Noel, Arunkumar, Trivedi, Dutta 2021, arXiv 2108.12943"),
    Known(
        "finer",
        "sin((abs(x) + 1)*x)",
        "sin((|x| + 1) x)",
        "periodic",
        "Liu, Zhu, Zhang, Fu, Deng, Ma, Guo, Cao 2023, arXiv 2312.02434",
    ),
    Known(
        "gaussian",
        "exp(-0.5*x^2)",
        "e^(-x^2/2)",
        "local",
        "Ramasinghe, Lucey 2021, arXiv 2111.15135 (sigma = 1)",
    ),
    # Found by the search of 2017, beside Swish
    Known("max_sigmoid", "max(x, sigmoid(x))", "max(x, 1/(1 + e^-x))", "searched", _SEARCHED),
    Known("max_tanh", "max(x, tanh(x))", "max(x, tanh x)", "searched", _SEARCHED),
    Known("min_sin", "min(x, sin(x))", "min(x, sin x)", "searched", _SEARCHED),
    Known("cos_minus", "cos(x) - x", "cos x - x", "searched", _SEARCHED),
    Known("atan_square_minus", "atan(x)^2 - x", "(arctan x)^2 - x", "searched", _SEARCHED),
    Known("sinc_plus", "sinc(x) + x", "sin(x)/x + x", "searched", _SEARCHED),
    Known("asinh_square_times", "x*asinh(x)^2", "x (arsinh x)^2", "searched", _SEARCHED),
    # Several pieces
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
    ),
    Known("bilinear", "x*x1", "x x1", "pieces", _SHAZEER),
    Known("reglu", "relu(x)*x1", "max(x, 0) x1", "pieces", _SHAZEER),
    Known("geglu", "0.5*x*(1 + erf(0.7071067811865476*x))*x1", "x Phi(x) x1", "pieces", _SHAZEER),
    Known("swiglu", "x*sigmoid(x)*x1", "x x1/(1 + e^-x)", "pieces", _SHAZEER),
)

ZOO: Mapping[str, Known] = MappingProxyType({row.name: row for row in _ROWS})

_NAMES: Mapping[str, Known] = MappingProxyType(
    {**{alias: row for row in _ROWS for alias in row.aliases}, **ZOO}
)


def known(name: str) -> Known:
    """The row of that name or alias. Raises `UnknownName`."""
    if name not in _NAMES:
        raise UnknownName("known activation", name, _NAMES)
    return _NAMES[name]
