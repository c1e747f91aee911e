"""Operators over the axis of the channels: statistics of a row of n numbers, and what they make of it.

A row x_1, ..., x_n lies along axis 1 of tensors with four axes or more, else along the last (`axis` in the
torch templates); in the reference it is the last. They belong to no space that is searched by default:
functions of batch statistics are known to transfer badly. `slopes` take the tangent of the argument behind
the argument and return that of the value.
"""

from collections.abc import Callable
from functools import wraps

import numpy as np

from ..op import Array, Op

__all__ = ["ROWS"]

_EPSILON = 1e-5
"""Under the root of `axis_standardise`: torch's layer normalisation has the same."""


def _of_rows(function: Callable[..., Array]) -> Callable[..., Array]:
    """The same for a single number, which is a row of one."""

    @wraps(function)
    def along(*args: Array) -> Array:
        arrays = np.broadcast_arrays(*(np.asarray(arg, dtype=np.float64) for arg in args))
        return function(*(np.atleast_1d(array) for array in arrays)).reshape(arrays[0].shape)

    return along


def _mean(x: Array) -> Array:
    return np.mean(x, axis=-1, keepdims=True)


def _spread(x: Array) -> Array:
    return np.mean(np.square(x - _mean(x)), axis=-1, keepdims=True)


@_of_rows
def _axis_mean(x: Array) -> Array:
    return _mean(x) + np.zeros_like(x)


@_of_rows
def _axis_mean_tangent(x: Array, t: Array) -> Array:
    return _mean(t) + np.zeros_like(x)


@_of_rows
def _axis_var(x: Array) -> Array:
    return _spread(x) + np.zeros_like(x)


@_of_rows
def _axis_var_tangent(x: Array, t: Array) -> Array:
    return 2.0 * _mean((x - _mean(x)) * t) + np.zeros_like(x)


@_of_rows
def _axis_norm(x: Array) -> Array:
    return np.sqrt(_mean(np.square(x))) + np.zeros_like(x)


@_of_rows
def _axis_norm_tangent(x: Array, t: Array) -> Array:
    size = np.sqrt(_mean(np.square(x)))
    return np.where(size == 0.0, 0.0, _mean(x * t) / size) + np.zeros_like(x)


@_of_rows
def _axis_standardise(x: Array) -> Array:
    return (x - _mean(x)) / np.sqrt(_spread(x) + _EPSILON)


@_of_rows
def _axis_standardise_tangent(x: Array, t: Array) -> Array:
    deviation = np.sqrt(_spread(x) + _EPSILON)
    scaled = (x - _mean(x)) / deviation
    return (t - _mean(t) - scaled * _mean(scaled * t)) / deviation


@_of_rows
def _axis_softmax(x: Array) -> Array:
    powers = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return powers / np.sum(powers, axis=-1, keepdims=True)


@_of_rows
def _axis_softmax_tangent(x: Array, t: Array) -> Array:
    shares = _axis_softmax(x)
    return shares * (t - np.sum(shares * t, axis=-1, keepdims=True))


_NORM = """\
(
    torch.linalg.vector_norm({0}, dim=axis, keepdim=True)
    / math.sqrt({0}.shape[axis])
).expand_as({0})"""

_STANDARDISE = """\
(
    ({0} - torch.mean({0}, dim=axis, keepdim=True))
    / torch.sqrt(torch.var({0}, dim=axis, correction=0, keepdim=True) + 1e-05)
)"""

ROWS = (
    Op(
        name="axis_mean",
        arity=1,
        formula="mean(x) = (x_1 + ... + x_n) / n",
        torch="torch.mean({0}, dim=axis, keepdim=True).expand_as({0})",
        reference=_axis_mean,
        slopes=(_axis_mean_tangent,),
        latex=r"\operatorname{{mean}}\left({0}\right)",
        flops=1,
        parity="odd",
        homogeneous=1,
        axis=True,
        source="elementary",
    ),
    Op(
        name="axis_var",
        arity=1,
        formula="mean((x - mean(x))^2)",
        torch="torch.var({0}, dim=axis, correction=0, keepdim=True).expand_as({0})",
        reference=_axis_var,
        slopes=(_axis_var_tangent,),
        latex=r"\operatorname{{var}}\left({0}\right)",
        flops=4,
        homogeneous=2,
        axis=True,
        source="elementary",
    ),
    Op(
        name="axis_norm",
        arity=1,
        formula="sqrt(mean(x^2))",
        # torch's norm has slope 0 where the whole row is 0.
        torch=_NORM,
        reference=_axis_norm,
        slopes=(_axis_norm_tangent,),
        latex=r"\operatorname{{rms}}\left({0}\right)",
        flops=3,
        smooth=0,
        parity="even",
        homogeneous=1,
        axis=True,
        source="Zhang, Sennrich 2019, arXiv 1910.07467",
    ),
    Op(
        name="axis_standardise",
        arity=1,
        formula="(x - mean(x)) / sqrt(mean((x - mean(x))^2) + 1e-5)",
        torch=_STANDARDISE,
        reference=_axis_standardise,
        slopes=(_axis_standardise_tangent,),
        latex=r"\operatorname{{standardise}}\left({0}\right)",
        flops=8,
        parity="odd",
        axis=True,
        source="Ba, Kiros, Hinton 2016, arXiv 1607.06450",
    ),
    Op(
        name="axis_softmax",
        arity=1,
        formula="exp(x) / (exp(x_1) + ... + exp(x_n))",
        torch="torch.softmax({0}, dim=axis)",
        reference=_axis_softmax,
        slopes=(_axis_softmax_tangent,),
        latex=r"\operatorname{{softmax}}\left({0}\right)",
        flops=12,
        transcendental=1,
        bounded=(0.0, 1.0),
        axis=True,
        source="Bridle 1989, NIPS 2",
    ),
)
