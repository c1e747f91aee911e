"""Activations of a model that exists already: where they stand, and others in their place."""

from .places import Place, Places, find_activations
from .replacement import replace_activations

__all__ = ["Place", "Places", "find_activations", "replace_activations"]
