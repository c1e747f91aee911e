"""Functions that rise from one level to another, or nearly so."""

from .row import Known

__all__ = ["ROWS"]

_SEARCHED = "Ramachandran, Zoph, Le 2017, arXiv 1710.05941"
_HOWARD = "Howard et al. 2019, arXiv 1905.02244"

ROWS = (
    Known(
        "sigmoid",
        "sigmoid(x)",
        "1/(1 + e^-x)",
        "sigmoidal",
        "elementary",
        aliases=("logistic",),
        torch="torch.sigmoid(x)",
        gain=1.0,
    ),
    Known("tanh", "tanh(x)", "tanh x", "sigmoidal", "elementary", torch="torch.tanh(x)", gain=5 / 3),
    Known(
        "lecun_tanh",
        "1.7159*tanh(0.6666666666666666*x)",
        "1.7159 tanh(2x/3)",
        "sigmoidal",
        "LeCun, Bottou, Orr, Müller 1998, Efficient BackProp",
    ),
    Known("erf", "erf(x)", "erf x", "sigmoidal", _SEARCHED, torch="torch.erf(x)"),
    Known("atan", "atan(x)", "arctan x", "sigmoidal", _SEARCHED, aliases=("arctan",), torch="torch.atan(x)"),
    Known("asinh", "asinh(x)", "arsinh x", "sigmoidal", _SEARCHED, torch="torch.asinh(x)"),
    Known(
        "softsign",
        "x/(1 + abs(x))",
        "x/(1 + |x|)",
        "sigmoidal",
        "Turian, Bergstra, Bengio 2009, Quadratic features and deep architectures for chunking",
        torch="torch.nn.functional.softsign(x)",
    ),
    Known(
        "isru",
        "x/sqrt(1 + x^2)",
        "x/sqrt(1 + x^2)",
        "sigmoidal",
        "Carlile, Delamarter, Kinney, Marti, Whitney 2017, arXiv 1710.09967",
    ),
    Known(
        "hardsigmoid",
        "(6 - relu(6 - relu(x + 3)))/6",
        "min(max(x + 3, 0), 6)/6",
        "sigmoidal",
        _HOWARD,
        torch="torch.nn.functional.hardsigmoid(x)",
    ),
    Known(
        "hardtanh",
        "1 - relu(2 - relu(x + 1))",
        "min(max(x, -1), 1)",
        "sigmoidal",
        "Collobert 2004, Large scale machine learning",
        torch="torch.nn.functional.hardtanh(x)",
    ),
    Known(
        "hard_sigmoid_keras",
        "1 - relu(1 - relu(0.2*x + 0.5))",
        "min(max(0.2 x + 0.5, 0), 1)",
        "sigmoidal",
        "Keras before version 3, from Theano",
        note="Three functions go by the name of hard sigmoid; torch's is `hardsigmoid`.",
    ),
    Known(
        "hard_sigmoid_binary",
        "1 - relu(1 - relu(0.5*x + 0.5))",
        "min(max((x + 1)/2, 0), 1)",
        "sigmoidal",
        "Courbariaux, Bengio, David 2015, arXiv 1511.00363",
        note="Three functions go by the name of hard sigmoid; torch's is `hardsigmoid`.",
    ),
    Known(
        "ptanh",
        "tanh(relu(x)) + 0.25*tanh(min0(x))",
        "tanh x where x > 0, else tanh(x)/4",
        "sigmoidal",
        "Xu, Huang, Li 2016, arXiv 1602.05980",
        aliases=("penalized_tanh",),
    ),
    Known(
        "elliott",
        "0.5*x/(1 + abs(x)) + 0.5",
        "x/(2(1 + |x|)) + 1/2",
        "sigmoidal",
        "Elliott 1993, A better activation function for artificial neural networks",
    ),
    Known(
        "gompertz",
        "gompertz(x)",
        "e^(-e^-x)",
        "sigmoidal",
        "Gomes, Ludermir, Lima 2011, Comparison of new activation functions in neural network for "
        "forecasting financial time series",
        aliases=("loglog",),
    ),
    Known(
        "cloglog",
        "-expm1(-exp(x))",
        "1 - e^(-e^x)",
        "sigmoidal",
        "Gomes, Ludermir 2008, Complementary log-log and probit: activation functions implemented in "
        "artificial neural networks",
        reach=88.0,
        note="Often misprinted as 1 - e^(-e^-x), which falls where the distribution function rises.",
    ),
)
