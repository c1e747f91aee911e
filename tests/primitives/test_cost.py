"""`cost`: by a plain count."""

from dataclasses import asdict

from actsearch.primitives import parse
from actsearch.primitives.cost import cost


def test_costs_are_counted_once_for_equal_parts() -> None:
    # x*sigmoid(x) + sigmoid(x): mul, sigmoid, add; sigmoid costs 13 and has one transcendental.
    found = cost(parse("x*sigmoid(x) + sigmoid(x)"))
    assert asdict(found) == {
        "size": 7,
        "depth": 4,
        "pieces": 1,
        "params": 0,
        "operators": 3,
        "transcendental": 1,
        "flops": 15,
        "bytes_fused": 8,
        # sigmoid moves 2 numbers, mul 3, add 3.
        "bytes_eager": 32,
    }
    gated = cost(parse("b*sin(2*x)*x1 | b=1 channel"))
    assert (gated.pieces, gated.params, gated.operators, gated.bytes_fused) == (2, 1, 4, 12)
    # 2*x and b*sin and sin read one tensor each, the gate two; each writes one.
    assert gated.bytes_eager == 4 * (2 + 2 + 2 + 3)


def test_what_computes_nothing_costs_nothing() -> None:
    found = cost(parse("x"))
    assert (found.operators, found.flops, found.bytes_eager, found.size, found.depth) == (0, 0, 0, 1, 1)
