"""Functions of a whole row of numbers, along the axis of the channels; no grammar has them by default."""

from .row import Known

__all__ = ["ROWS"]

ROWS = (
    Known(
        "softmax",
        "axis_softmax(x)",
        "e^x/sum of e^x over the channels",
        "statistic",
        "Bridle 1989, Training stochastic model recognition algorithms as networks",
        torch="torch.nn.functional.softmax(x, dim=-1)",
    ),
    Known(
        "softmin",
        "axis_softmax(-x)",
        "e^-x/sum of e^-x over the channels",
        "statistic",
        "Bridle 1989, Training stochastic model recognition algorithms as networks",
        torch="torch.nn.functional.softmin(x, dim=-1)",
    ),
    Known(
        "log_softmax",
        "log(axis_softmax(x))",
        "x - ln(sum of e^x over the channels)",
        "statistic",
        "Bridle 1989, Training stochastic model recognition algorithms as networks",
        torch="torch.nn.functional.log_softmax(x, dim=-1)",
        reach=43.0,
        note="As it is written it underflows where channels differ by 88 or more; torch's does not.",
    ),
    Known(
        "polynorm",
        "a*x/sqrt(axis_mean(x^2) + 1e-06) + b*x^2/sqrt(axis_mean(square(x^2)) + 1e-06) "
        "+ c*x^3/sqrt(axis_mean(square(x^3)) + 1e-06) + d "
        "| a=0.3333333333333333, b=0.3333333333333333, c=0.3333333333333333, d=0.0",
        "a x/rms(x) + b x^2/rms(x^2) + c x^3/rms(x^3) + d, rms over the channels, "
        "learnt from a = b = c = 1/3, d = 0",
        "statistic",
        "Zhuo, Wang, Zeng, Li, Zhou, Ma 2024, arXiv 2411.03884",
        note="The paper divides by the norm, its code by the root of the mean square plus 1e-6, as here.",
    ),
)
