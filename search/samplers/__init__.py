"""Samplers by name, each made from a seed; all are samplers of Optuna."""

from .table import SAMPLERS, make_sampler

__all__ = ["SAMPLERS", "make_sampler"]
