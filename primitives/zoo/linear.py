"""The linear function, steps, thresholds and shrinkages."""

from .row import Known

__all__ = ["ROWS"]


ROWS = (
    Known(
        "linear",
        "x",
        "x",
        "linear",
        "elementary",
        aliases=("identity",),
        torch="torch.nn.Identity()(x)",
        gain=1.0,
    ),
    Known("step", "step(x)", "1 where x >= 0, else 0", "threshold", "McCulloch, Pitts 1943"),
    Known(
        "hardshrink",
        "x*(1 - step(0.5 - abs(x)))",
        "x where |x| > 1/2, else 0",
        "threshold",
        "Donoho, Johnstone 1994, Ideal spatial adaptation by wavelet shrinkage",
        torch="torch.nn.functional.hardshrink(x)",
    ),
    Known(
        "softshrink",
        "relu(x - 0.5) - relu(-x - 0.5)",
        "sign(x) max(|x| - 1/2, 0)",
        "threshold",
        "Donoho 1995, De-noising by soft-thresholding",
        torch="torch.nn.functional.softshrink(x)",
    ),
    Known(
        "thresholded_relu",
        "x*(1 - step(1 - x))",
        "x where x > 1, else 0",
        "threshold",
        "Konda, Memisevic, Krueger 2014, arXiv 1402.3337",
        torch="torch.nn.functional.threshold(x, 1.0, 0.0)",
        note="The threshold is a constant of the method; 1 as in the paper and in Keras.",
    ),
)
