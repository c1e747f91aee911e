"""Every option of every choice equally likely: the sampler that others have to beat."""

from optuna.samplers import BaseSampler, RandomSampler

__all__ = ["random"]


def random(seed: int) -> BaseSampler:
    """Independent uniform choices; the history is not looked at."""
    return RandomSampler(seed=seed)
