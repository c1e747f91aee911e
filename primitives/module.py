"""`Expr` to a torch module, by running the text of `source`: what is trained is what is exported."""

import math
from functools import lru_cache
from typing import Any

import torch

from .expr import Expr
from .source import source

__all__ = ["activation_parameters", "module", "module_class"]


@lru_cache(maxsize=4096)
def module_class(expr: Expr) -> type[torch.nn.Module]:
    """The class `Activation` whose text is `source(expr)`; it takes the width of a site.

    Its attributes `expr_text` and `pieces` say what it computes and how often it cuts its input.
    """
    names: dict[str, Any] = {"torch": torch, "math": math, "__name__": __name__}
    exec(compile(source(expr), "<activation>", "exec"), names)
    return names["Activation"]


def module(expr: Expr, width: int | tuple[int, ...] = 1) -> torch.nn.Module:
    """A fresh module for one site; `width` is the number of its channels, or its shape without the batch."""
    return module_class(expr)(width)


def activation_parameters(model: torch.nn.Module) -> list[torch.nn.Parameter]:
    """The learnable parameters of all activations in `model`, each once, in the order of its modules."""
    found = {
        id(parameter): parameter
        for part in model.modules()
        if "expr_text" in vars(type(part))
        for parameter in part.parameters(recurse=False)
    }
    return list(found.values())
