"""`below`: a function of all lanes at once, called from inside the `torch.func.vmap` that hides their axis.

The batching rule of an autograd function does the same, and takes torch 0.2 ms a call, which is more than
many a layer of a small network.
"""

from collections.abc import Callable

import torch
from torch import Tensor
from torch._C._functorch import (  # pyright: ignore[reportPrivateImportUsage]
    TransformType,
    _add_batch_dim,  # pyright: ignore[reportPrivateUsage]
    _unwrap_batched,  # pyright: ignore[reportPrivateUsage]
)
from torch._functorch.pyfunctorch import retrieve_current_functorch_interpreter

__all__ = ["below"]


def below(run: Callable[..., Tensor], *tensors: Tensor) -> Tensor | None:
    """`run(*tensors)`, which get and give the axis of lanes first; autograd records it there.

    None where that does not fit: outside of `vmap`, where other transforms are around, or where one of the
    tensors is the same for all lanes.
    """
    if not torch._C._are_functorch_transforms_active():  # pyright: ignore[reportPrivateUsage]
        return None
    interpreter = retrieve_current_functorch_interpreter()
    level = interpreter.level()
    if interpreter.key() != TransformType.Vmap or level != 1:
        return None
    found = [_unwrap_batched(tensor, level) for tensor in tensors]
    if any(axis is None for _, axis in found):
        return None
    with interpreter.lower():
        given = run(*(tensor.movedim(axis, 0) if axis else tensor for tensor, axis in found))
        return _add_batch_dim(given, 0, level)
