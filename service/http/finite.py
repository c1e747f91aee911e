"""Values as JSON knows them: objects, arrays, texts, finite numbers."""

import math
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from typing import Any

__all__ = ["finite", "plain"]


def finite(number: float | None) -> float | None:
    """JSON knows finite numbers alone."""
    return None if number is None or not math.isfinite(number) else float(number)


def plain(value: Any) -> Any:
    """Dataclasses as objects, tuples as arrays, numbers that are not finite as null."""
    match value:
        case bool() | None:
            return value
        case str():
            return str(value)
        case int():
            return int(value)
        case float():
            return finite(value)
        case Mapping():
            return {str(name): plain(item) for name, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [plain(item) for item in value]
        case _ if is_dataclass(value) and not isinstance(value, type):
            return plain(asdict(value))
        case _:
            return str(value)
