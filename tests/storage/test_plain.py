"""Plain forms: nothing is lost, and equal values have equal texts."""

import json
import math
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from actsearch.primitives.records import Outcome, point
from actsearch.storage import plain

NUMBERS: list[tuple[Any, Any]] = [
    (1.5, 1.5),
    (10**40, 10**40),
    (math.inf, "inf"),
    (-math.inf, "-inf"),
    (math.nan, "nan"),
    (np.float32(0.1), 0.10000000149011612),
    (np.float64(0.1), 0.1),
    (np.int64(7), 7),
    (np.float32("nan"), "nan"),
]


@pytest.mark.parametrize(("value", "written"), NUMBERS, ids=repr)
def test_every_number_has_a_plain_form(value: Any, written: Any) -> None:
    told = plain.plain(value)
    assert told == written
    assert type(told) is type(written)
    assert plain.number(told) == value or (math.isnan(value) and math.isnan(plain.number(told)))


def test_outcomes_and_moments_are_texts() -> None:
    assert plain.plain({"o": Outcome.TIMED_OUT}) == {"o": "timed out"}
    assert plain.plain(datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)) == "2030-01-02T03:04:05+00:00"


def test_what_has_no_plain_form_is_named() -> None:
    with pytest.raises(TypeError, match=r"`\{1\}` is a `set`"):
        plain.plain([{1}])


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters()),
    lambda some: st.lists(some, max_size=3) | st.dictionaries(st.text(st.characters()), some, max_size=3),
    max_leaves=8,
)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(value=values)
def test_compact_is_ascii_json_of_one_form(value: Any) -> None:
    text = plain.compact(value)
    assert text.isascii()
    assert plain.compact(json.loads(text)) == text
    assert plain.compact(_reversed(value)) == text


def _reversed(value: Any) -> Any:
    """The same value, its names in the opposite order."""
    if isinstance(value, dict):
        return {name: _reversed(value[name]) for name in reversed(list(value))}
    return [_reversed(item) for item in value] if isinstance(value, list) else value


def test_equal_points_have_equal_plain_forms() -> None:
    forms = [point(lr=1, omega=0), (("omega", -0.0), ("lr", 1)), (("lr", 1.0), ("omega", 0))]
    assert len({plain.compact(plain.plain_point(form)) for form in forms}) == 1
