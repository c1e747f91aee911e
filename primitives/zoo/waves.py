"""Functions that oscillate, and functions that live near one point."""

from ..initialisation import Initialisation, SiteInit
from .row import Known

__all__ = ["ROWS"]

_SIREN = Initialisation(
    first=SiteInit("siren_first", omega=True), hidden=SiteInit("siren_hidden", omega=True)
)

ROWS = (
    Known(
        "sin",
        "sin(x)",
        "sin x",
        "periodic",
        "Parascandolo, Huttunen, Virtanen 2016, Taming the waves",
        torch="torch.sin(x)",
    ),
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
    Known(
        "snake_beta",
        "x + sin(a*x)^2/b | a=1.0 channel, b=1.0 channel",
        "x + sin^2(ax)/b, learnt per channel from a = b = 1",
        "periodic",
        "Lee, Ping, Ginsburg, Catanzaro, Yoon 2022, arXiv 2206.04658",
        note="The authors' code learns the logarithms of a and b.",
    ),
    Known(
        "asu",
        "x*sin(x)",
        "x sin x",
        "periodic",
        "Rahman, Makhdoom, Lu 2023, arXiv 2304.09759",
    ),
    Known(
        "gaussian_wavelet",
        "x*exp(-0.5*x^2)",
        "x e^(-x^2/2)",
        "local",
        "Zhang, Benveniste 1992, Wavelet networks",
        note="The paper has the other sign.",
    ),
    Known(
        "tent",
        "relu(d - abs(x)) | d=1.0",
        "max(0, d - |x|), d learnt from 1",
        "local",
        "Rozsa, Boult 2019, arXiv 1908.02435",
        note="The paper draws d towards 0 by weight decay, not done here; public code starts at 1 or 2.",
    ),
    Known(
        "bitent",
        "relu(0.5*d - abs(x + 0.5*d + 0.05)) + relu(0.5*d - abs(x - 0.5*d - 0.05)) | d=2.0",
        "two tents of width d and height d/2, centred at -+(d/2 + 0.05), d learnt from 2",
        "local",
        "github.com/k4ntz/activation-functions; no paper known",
        note="The code learns d on request.",
    ),
)
