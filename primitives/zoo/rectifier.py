"""Functions that let positive inputs through and hold negative ones back."""

from math import sqrt

from ..initialisation import Initialisation, SiteInit
from .row import Known

__all__ = ["ROWS"]

_SELU = Initialisation(first=SiteInit("lecun_normal", omega=True), hidden=SiteInit("lecun_normal"))

ROWS = (
    Known(
        "logsigmoid",
        "-softplus(-x)",
        "-ln(1 + e^-x)",
        "rectifier",
        "elementary",
        torch="torch.nn.functional.logsigmoid(x)",
    ),
    Known(
        "relu",
        "relu(x)",
        "max(x, 0)",
        "rectifier",
        "Nair, Hinton 2010, Rectified linear units improve restricted Boltzmann machines",
        torch="torch.nn.functional.relu(x)",
        gain=sqrt(2.0),
    ),
    Known(
        "relu6",
        "6 - relu(6 - relu(x))",
        "min(max(x, 0), 6)",
        "rectifier",
        "Krizhevsky 2010, Convolutional deep belief networks on CIFAR-10",
        torch="torch.nn.functional.relu6(x)",
    ),
    Known(
        "leaky_relu",
        "relu(x) + 0.01*min0(x)",
        "max(x, 0) + 0.01 min(x, 0)",
        "rectifier",
        "Maas, Hannun, Ng 2013, Rectifier nonlinearities improve neural network acoustic models",
        torch="torch.nn.functional.leaky_relu(x)",
        gain=sqrt(2.0 / 1.0001),
    ),
    Known(
        "prelu",
        "relu(x) + a*min0(x) | a=0.25 channel",
        "max(x, 0) + a min(x, 0), a learnt per channel from 1/4",
        "rectifier",
        "He, Zhang, Ren, Sun 2015, arXiv 1502.01852",
        torch="torch.nn.functional.prelu(x, torch.tensor([0.25]).to(x))",
    ),
    Known(
        "elu",
        "relu(x) + expm1(min0(x))",
        "x where x > 0, else e^x - 1",
        "rectifier",
        "Clevert, Unterthiner, Hochreiter 2015, arXiv 1511.07289",
        torch="torch.nn.functional.elu(x)",
    ),
    Known(
        "celu",
        "relu(x) + a*expm1(min0(x)/a) | a=1.0",
        "x where x > 0, else a(e^(x/a) - 1), a learnt from 1",
        "rectifier",
        "Barron 2017, arXiv 1704.07483",
        torch="torch.nn.functional.celu(x)",
    ),
    Known(
        "selu",
        "1.0507009873554805*(relu(x) + 1.6732632423543772*expm1(min0(x)))",
        "1.0507 x where x > 0, else 1.0507 1.6733 (e^x - 1)",
        "rectifier",
        "Klambauer, Unterthiner, Mayr, Hochreiter 2017, arXiv 1706.02515",
        initialisation=_SELU,
        torch="torch.nn.functional.selu(x)",
        gain=0.75,
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
        torch="torch.nn.functional.softplus(x)",
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
    Known(
        "rrelu",
        "relu(x) + 0.22916666666666666*min0(x)",
        "max(x, 0) + (1/8 + 1/3)/2 min(x, 0)",
        "rectifier",
        "Xu, Wang, Chen, Li 2015, arXiv 1505.00853",
        torch="torch.nn.functional.rrelu(x)",
        note="As torch evaluates it; in training the slope is drawn from U(1/8, 1/3).",
    ),
    Known(
        "shifted_relu",
        "relu(x + 1) - 1",
        "max(x, -1)",
        "rectifier",
        "Clevert, Unterthiner, Hochreiter 2015, arXiv 1511.07289",
    ),
    Known(
        "brelu",
        "1 - relu(1 - relu(x))",
        "min(max(x, 0), 1)",
        "rectifier",
        "Cai, Xu, Jia, Qing, Tao 2016, arXiv 1601.07661",
    ),
    Known(
        "pact",
        "relu(x) - relu(x - a) | a=10.0",
        "min(max(x, 0), a), a learnt from 10",
        "rectifier",
        "Choi, Wang, Venkataramani, Chuang, Srinivasan, Gopalakrishnan 2018, arXiv 1805.06085",
        aliases=("relun",),
        note="As ReLU-N it starts at other values (6, 1); public code of PACT starts at 8 or 10.",
    ),
    Known(
        "plu",
        "max(0.1*(x + 1) - 1, min(0.1*(x - 1) + 1, x))",
        "max(0.1(x + 1) - 1, min(0.1(x - 1) + 1, x))",
        "rectifier",
        "Nicolae 2018, arXiv 1809.09534",
    ),
    Known(
        "srelu",
        "min(max(x, low), high) + below*min0(x - low) + above*relu(x - high) "
        "| low=0.0 channel, high=1.0 channel, below=0.2 channel, above=1.0 channel",
        "high + above (x - high) where x >= high, low + below (x - low) where x <= low, else x, "
        "learnt per channel from low = 0, high = 1, below = 0.2, above = 1",
        "rectifier",
        "Jin, Xu, Feng, Wei, Xiong, Yan 2015, arXiv 1512.07030",
        note="It starts as a leaky rectifier, as in the paper, which sets high from the data; 1 here.",
    ),
    Known(
        "abslu",
        "relu(x) - a*min0(x) | a=0.01",
        "max(x, 0) + a |min(x, 0)|, a learnt from 0.01",
        "rectifier",
        "Kunc, Kléma 2024, arXiv 2402.09092, section 3.6.27",
        note="The survey leaves a open (between 0 and 1); public code takes 0.01 or 1.",
    ),
    Known(
        "abs",
        "abs(x)",
        "|x|",
        "rectifier",
        "Hu 2018, VReLU activation functions for artificial neural networks; "
        "Vallés-Pérez et al. 2023, arXiv 2301.05993",
        aliases=("vrelu", "modulus"),
        torch="torch.abs(x)",
    ),
    Known(
        "pelu",
        "a/b*relu(x) + a*expm1(min0(x)/b) | a=1.0, b=1.0",
        "a/b x where x >= 0, else a(e^(x/b) - 1), learnt from a = b = 1",
        "rectifier",
        "Trottier, Giguère, Chaib-draa 2016, arXiv 1605.09332",
    ),
    Known(
        "smooth_squared_relu",
        "0.5*x*(x + sqrt(x^2 + 0.04))",
        "x(x + sqrt(x^2 + a^2))/2, a = 0.2",
        "rectifier",
        "LaurenceLong 2026, github.com/karpathy/nanochat, pull request 828",
    ),
    Known(
        "xielu",
        "softplus(p)*relu(x)^2 + (0.5 + softplus(n))*(expm1(min0(x)) - min0(x)) + 0.5*x "
        "| p=0.2033823208110246, n=-1.0502256128148468",
        "a x^2 + x/2 where x > 0, else b(e^x - 1 - x) + x/2, a = softplus p, b = 1/2 + softplus n, "
        "learnt from a = b = 0.8",
        "rectifier",
        "Huang, Schlag 2024, arXiv 2411.13010",
        note="Public code holds x below -1e-6 inside e^x - 1; the difference is below 1e-12.",
    ),
    Known(
        "polyrelu",
        "d + a*relu(x) + b*relu(x)^2 + c*relu(x)^3 "
        "| d=0.0, a=0.3333333333333333, b=0.3333333333333333, c=0.3333333333333333",
        "d + a max(x, 0) + b max(x, 0)^2 + c max(x, 0)^3, learnt from a = b = c = 1/3, d = 0",
        "rectifier",
        "Zhuo, Wang, Zeng, Li, Zhou, Ma 2024, arXiv 2411.03884",
    ),
)
