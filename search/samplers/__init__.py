"""Samplers by name: each proposes derivations of a grammar, from what it is told and a seed."""

from .sampler import Choices, Derivation, History, Sampler
from .table import SAMPLERS, load_sampler

__all__ = ["SAMPLERS", "Choices", "Derivation", "History", "Sampler", "load_sampler"]
