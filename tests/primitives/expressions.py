"""Random expressions over every row of `OPS` that is a function of numbers, for property tests."""

from collections.abc import Sequence

from hypothesis import strategies as st

from actsearch.primitives.expr import Call, Const, Expr, Input, Param
from actsearch.primitives.ops import OPS

__all__ = ["POINTWISE", "expressions"]

PARAMS = (Param("a", 1.5), Param("beta", -0.25, "channel"), Param("c2", 0.75, "neuron"), Param("train", 2.0))

POINTWISE = tuple(name for name, op in OPS.items() if not op.axis)
"""Operators that are functions of numbers."""

NUMBERS = st.one_of(
    st.sampled_from([0.0, 1.0, -1.0, 2.0, 3.0, -2.0, 0.5, 1e-7, -3.5]),
    st.floats(-1e3, 1e3),
)


def expressions(
    *,
    pieces: int = 2,
    params: Sequence[Param] = PARAMS,
    ops: Sequence[str] = POINTWISE,
    leaves: int = 12,
    numbers: st.SearchStrategy[float] = NUMBERS,
) -> st.SearchStrategy[Expr]:
    """Trees of at most `leaves` leaves."""
    leaf: st.SearchStrategy[Expr] = st.one_of(
        st.builds(Input, st.integers(0, pieces - 1)),
        st.builds(Const, numbers),
        *([st.sampled_from(params)] if params else []),
    )

    def call(args: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
        return st.sampled_from(ops).flatmap(
            lambda op: st.builds(Call, st.just(op), st.tuples(*[args] * OPS[op].arity))
        )

    return st.recursive(leaf, call, max_leaves=leaves)
