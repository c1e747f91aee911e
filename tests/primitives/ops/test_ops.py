"""Every row of the table against its oracle, in every respect that `checks.py` lists."""

from collections.abc import Callable

import pytest

from actsearch.primitives.errors import ActsearchError, UnknownName
from actsearch.primitives.op import Op
from actsearch.primitives.ops import OPS, merge, operator
from tests.primitives.ops.checks import CHECKS
from tests.primitives.ops.oracles import ORACLES

ROWS = {name: row for name, row in OPS.items() if not row.axis}
"""Those that are functions of numbers; `test_axis.py` has the others."""


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__.removeprefix("check_"))
@pytest.mark.parametrize("op", ROWS.values(), ids=ROWS)
def test_row_is_true(op: Op, check: Callable[[Op], None]) -> None:
    check(op)


def test_rows_and_oracles_are_the_same_set() -> None:
    assert set(ROWS) == set(ORACLES)
    assert all(name == row.name for name, row in OPS.items())


def test_two_rows_of_one_name_are_refused() -> None:
    with pytest.raises(ActsearchError, match="`sin` stands in two rows"):
        merge([OPS["cos"], OPS["sin"]], [OPS["sin"]])


def test_table_is_read_only() -> None:
    with pytest.raises(TypeError):
        OPS["sin"] = OPS["cos"]  # type: ignore[index]


def test_unknown_operator_names_the_nearest() -> None:
    with pytest.raises(UnknownName, match="there is no operator `sine`; known, nearest first: `sin`"):
        operator("sine")
