"""`ZOO`: names are unique, a name or alias stands for its row, no function has two names unless said."""

from collections import defaultdict

import pytest

from actsearch.primitives import OPS, ZOO, Call, Input, UnknownName, key, known, params, parse
from actsearch.primitives.nary import NARY
from actsearch.primitives.zoo import ABSENT
from tests.primitives.zoo.oracles import ORACLES

FAMILIES = [
    "linear",
    "threshold",
    "sigmoidal",
    "rectifier",
    "self-gated",
    "periodic",
    "local",
    "learnable",
    "searched",
    "pieces",
    "statistic",
]

TWINS = [{"sin", "siren"}]
"""Rows of one function: they differ in initialisation."""


def names() -> list[str]:
    return [name for row in ZOO.values() for name in (row.name, *row.aliases)]


@pytest.mark.parametrize("name", sorted({*ZOO} & {*OPS}))
def test_a_name_that_is_an_operator_too_is_that_operator(name: str) -> None:
    expected = Call(name, tuple(Input(piece) for piece in range(OPS[name].arity)))
    assert parse(ZOO[name].text) == expected
    assert parse(name) == expected


@pytest.mark.parametrize("name", ZOO)
def test_a_name_or_alias_stands_for_its_row(name: str) -> None:
    row = ZOO[name]
    assert known(name) is row
    assert all(known(alias) is row for alias in row.aliases)
    assert all(parse(other) == parse(row.text) for other in (name, *row.aliases))
    assert row.formula
    assert row.source
    assert row.family in FAMILIES
    assert all(param.scope in ("layer", "channel") for param in params(parse(row.text)))


def test_names_and_aliases_are_different() -> None:
    assert len(names()) == len(set(names()))
    aliases = {alias for row in ZOO.values() for alias in row.aliases}
    assert not aliases & {*OPS}
    assert not {*names()} & {*NARY}


def test_no_function_has_two_rows_unless_said() -> None:
    rows = defaultdict(set[str])
    for row in ZOO.values():
        rows[key(parse(row.text))].add(row.name)
    assert [found for found in rows.values() if len(found) > 1] == TWINS


def test_an_unknown_name_lists_the_nearest() -> None:
    with pytest.raises(UnknownName, match=r"`swihs`.*nearest first: `swish`"):
        known("swihs")


def test_only_rows_whose_paper_prescribes_it_carry_an_initialisation() -> None:
    assert {row.name for row in ZOO.values() if row.initialisation} == {"siren", "selu"}


def test_families_stand_together_in_the_order_of_the_table() -> None:
    assert list(dict.fromkeys(row.family for row in ZOO.values())) == FAMILIES


@pytest.mark.parametrize("name", ABSENT)
def test_what_is_absent_is_no_row(name: str) -> None:
    assert name not in names()
    assert name not in {*OPS, *NARY, *ORACLES}
    assert len(ABSENT[name]) > 20
