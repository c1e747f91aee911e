"""Tree-structured Parzen estimator: choices in proportion to how much oftener good candidates took them.

J. Bergstra, R. Bardenet, Y. Bengio, B. Kégl, Algorithms for Hyper-Parameter Optimization, NeurIPS 2011.
"""

from optuna.samplers import BaseSampler, TPESampler

__all__ = ["tpe"]

_STARTUP = 24
"""Random candidates before the estimate is used."""


def tpe(seed: int) -> BaseSampler:
    """Each choice on its own, given the candidates that met the same path of the derivation."""
    return TPESampler(seed=seed, n_startup_trials=_STARTUP, multivariate=False)
