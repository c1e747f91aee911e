"""How large a shape is: `derivations`, the number of its expressions, and `largest`, their size and depth."""

from collections.abc import Callable
from functools import cache

from .expr import Call, Input
from .shapes import (
    ROOT,
    Chain,
    CoreUnits,
    Forms,
    Gated,
    Levels,
    Shape,
    Trees,
    arguments,
    form,
    kinds,
    shares,
    unit_inputs,
)

__all__ = ["derivations", "largest"]


def derivations(shape: Shape, inputs: int = 1) -> int:
    """Number of derivations over that many inputs to choose from at each leaf; nothing is listed."""
    match shape:
        case Chain(levels) | Levels(levels):
            ways = inputs
            for forms in reversed(levels):
                ways = sum(ways ** arguments(text) for text in forms)
            return ways
        case CoreUnits():
            total, ways = 0, 1
            for unit in range(shape.units):
                wirings = sum(inputs ** pair.count("x") for pair in unit_inputs(unit))
                ways *= len(shape.binary) * len(shape.unary) ** 2 * wirings
                total += ways
            return total
        case Gated():
            return len(shape.join) * len(shape.gate) * len(shape.value)
        case Trees():

            @cache
            def below(place: str, budget: int) -> int:
                left, right = shares(budget)
                ways: dict[str, Callable[[], int]] = {
                    "input": lambda: inputs,
                    "number": lambda: len(shape.numbers),
                    "unary": lambda: (len(shape.unary) + len(shape.more)) * below("0.0", left),
                    "binary": lambda: len(shape.binary) * below("0.0", left) * below("0.1", right),
                }
                return sum(ways[kind]() for kind in kinds(shape, place, budget))

            return below(ROOT, shape.size)


def largest(shape: Shape) -> tuple[int, int]:
    """Size and depth that no expression of the shape exceeds."""
    leaf = (1, 1)
    match shape:
        case Chain(levels) | Levels(levels):
            extent = leaf
            for forms in reversed(levels):
                extent = _extent(forms, extent, extent, extent)
            return extent
        case CoreUnits():
            extent = leaf
            for _ in range(shape.units):
                argument = _extent(shape.unary, extent)
                extent = _extent(shape.binary, argument, argument)
            return extent
        case Gated():
            return _extent(shape.join, _extent(shape.gate, leaf), _extent(shape.value, leaf))
        case Trees():

            @cache
            def below(budget: int) -> tuple[int, int]:
                extents = [leaf, _extent(shape.numbers)]
                if budget >= 2:
                    extents.append(_extent(shape.unary + shape.more, below(shares(budget)[0])))
                if budget >= 3:
                    extents.append(_extent(shape.binary, *(below(share) for share in shares(budget))))
                return max(size for size, _ in extents), max(depth for _, depth in extents)

            return below(shape.size)


def _extent(forms: Forms, *sides: tuple[int, int]) -> tuple[int, int]:
    """Largest size and depth of any of the forms over arguments of the sizes and depths given."""
    sizes, depths = [1], [1]
    for text in forms:
        total, stack = 0, [(form(text), 0)]
        while stack:
            node, level = stack.pop()
            if isinstance(node, Input):
                total += sides[node.piece][0]
                depths.append(level + sides[node.piece][1])
            else:
                total += 1
                depths.append(level + 1)
                stack.extend((arg, level + 1) for arg in (node.args if isinstance(node, Call) else ()))
        sizes.append(total)
    return max(sizes), max(depths)
