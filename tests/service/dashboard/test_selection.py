"""Selections: they go through an address unchanged, and want what they say."""

from typing import Any, get_args
from urllib.parse import parse_qsl

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from actsearch.primitives import (
    OPS,
    Call,
    Input,
    Param,
    Protocol,
    canonical,
    canonical_text,
    key,
    parse,
    pieces,
    point,
)
from actsearch.primitives.expr import walk
from actsearch.service.dashboard.selection import Difference, Order, Selection, ordered
from actsearch.storage import BoardRow
from tests.primitives.expressions import expressions

PROTOCOL = Protocol(epochs=3, batch=8)

ORDERS = get_args(Order)

selections = st.builds(
    Selection,
    task=st.text(max_size=12),
    version=st.text("0123456789abcdef", max_size=16),
    shown=st.sampled_from(["", "confirmed", "search"]),
    verdict=st.sampled_from(["", "better", "not distinguishable", "worse"]),
    cost=st.sampled_from(["", "1", "1.5", "2", "4"]),
    operator=st.sampled_from(["", *OPS]),
    gated=st.sampled_from(["", "yes", "no"]),
    learnable=st.sampled_from(["", "yes", "no"]),
    words=st.one_of(st.text(max_size=8), st.sampled_from(["sin(", "tanh", "x1", "SIN (x)", "a*x"])),
    sort=st.sampled_from(ORDERS),
    view=st.sampled_from(["", "cost"]),
    page=st.integers(1, 40),
)


def row(text: str = "sin(x)", **changes: Any) -> BoardRow:
    said: dict[str, Any] = {
        "rank": 1, "confirmed": True, "task": "toy", "task_hash": "h", "score": "accuracy", "unit": "%",
        "key": "0" * 16, "text": text, "name": text, "role": "leader", "mean": 1.0, "low": 0.9, "high": 1.1,
        "seeds": 3, "diverged": 0, "protocol": PROTOCOL, "point": point(lr=0.1), "step_ratio": 1.2,
        "weights": 100,
    }  # fmt: skip
    return BoardRow(**(said | changes))


def made(expr: Any, confirmed: bool, ratio: float | None) -> BoardRow:
    canon = canonical(expr)
    return row(canonical_text(canon), key=key(canon), confirmed=confirmed, step_ratio=ratio)


rows = st.builds(
    made,
    expressions(leaves=5),
    st.booleans(),
    st.one_of(st.none(), st.sampled_from([0.5, 1.0, 1.5, 1.7, 4.5])),
)

differences = st.one_of(
    st.none(),
    st.tuples(st.floats(-1, 1), st.sampled_from(["better", "not distinguishable", "worse"])),
)


@settings(max_examples=300)
@given(asked=selections)
def test_an_address_says_all_of_a_selection(asked: Selection) -> None:
    words = parse_qsl(asked.address(page=asked.page), keep_blank_values=True, encoding="utf-8")
    assert Selection.model_validate(dict(words)) == asked
    assert all(value for _, value in words), "what is not asked for stays out of the address"


@given(asked=selections)
def test_whoever_changes_a_selection_begins_at_its_first_page(asked: Selection) -> None:
    changed = Selection.model_validate(dict(parse_qsl(asked.address(task="other"))))
    assert changed == asked.model_copy(update={"task": "other", "page": 1})
    assert Selection.model_validate({}).address() == ""


@settings(max_examples=300)
@given(asked=selections, row=rows, difference=differences)
def test_it_wants_what_it_says(asked: Selection, row: BoardRow, difference: Difference) -> None:
    expr = parse(row.text)
    nodes = list(walk(expr))
    reasons = [
        asked.shown and row.confirmed != (asked.shown == "confirmed"),
        asked.verdict and (difference is None or difference[1] != asked.verdict),
        asked.cost and (row.step_ratio is None or row.step_ratio > float(asked.cost)),
        asked.operator and asked.operator not in {one.op for one in nodes if isinstance(one, Call)},
        asked.gated and (pieces(expr) > 1) != (asked.gated == "yes"),
        asked.learnable and any(isinstance(one, Param) for one in nodes) != (asked.learnable == "yes"),
        asked.words and not found(asked.words, row),
    ]
    assert asked.wants(row, difference) == (not any(reasons))


def found(words: str, row: BoardRow) -> bool:
    """Whatever the case, spaces apart, in the text or the name, or the beginning of the key."""
    plain = "".join(letter for letter in words if letter != " ").casefold()
    texts = ["".join(text.split(" ")).casefold() for text in (row.text, row.name)]
    return any(text.find(plain) >= 0 for text in texts) or row.key[: len(plain)] == plain


@pytest.mark.parametrize("name", OPS)
def test_the_filter_of_an_operator_finds_it(name: str) -> None:
    canon = canonical(Call(name, tuple(map(Input, range(OPS[name].arity)))))
    kept = {one.op for one in walk(canon) if isinstance(one, Call)}
    asked = Selection.model_validate({"operator": name})
    assert asked.wants(row(canonical_text(canon)), None) == (name in kept)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("cost", "1e9"), ("cost", "nan"), ("cost", "-1"), ("operator", "sin(x)"), ("operator", "<script>"),
        ("page", "0"), ("page", "41"), ("page", "x"), ("sort", "price"), ("view", "all"),
        ("words", "x" * 201), ("task", "x" * 501), ("verdict", "best"), ("gated", "maybe"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused(field: str, value: str) -> None:
    with pytest.raises(ValidationError):
        Selection.model_validate({field: value})


def test_orders_put_what_is_not_known_last() -> None:
    some = [
        row("cos(x)", name="cos", key="1" * 16, step_ratio=None, weights=None),
        row("sin(x)", name="Sin", key="2" * 16, step_ratio=2.0, weights=9),
        row("tanh(x)", name="tanh", key="3" * 16, step_ratio=1.0, weights=10),
    ]
    known: dict[tuple[str, str], Difference] = {
        ("1" * 16, "cos"): (-0.5, "worse"),
        ("3" * 16, "tanh"): (0.5, "better"),
        ("2" * 16, "Sin"): None,
    }
    found = {order: [one.name for one in ordered(some, known, order)] for order in ORDERS}
    assert found == {
        "rank": ["cos", "Sin", "tanh"],
        "difference": ["tanh", "cos", "Sin"],
        "cost": ["tanh", "Sin", "cos"],
        "weights": ["Sin", "tanh", "cos"],
        "formula": ["cos", "Sin", "tanh"],
    }
