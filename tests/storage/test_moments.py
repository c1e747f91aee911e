"""When evaluations were stored."""

from datetime import UTC, datetime

import pytest

from actsearch.storage import open_store
from actsearch.storage.evaluations import SOUGHT_AT_ONCE
from actsearch.storage.moments import stored_at

from .conftest import evaluation


@pytest.mark.parametrize("rows", [0, 1, SOUGHT_AT_ONCE + 3])
def test_each_has_the_moment_at_which_it_was_stored(rows: int) -> None:
    with open_store("sqlite://") as store:
        before = datetime.now(UTC)
        some = [evaluation(seed=seed) for seed in range(rows)]
        store.evaluations.add(some)
        after = datetime.now(UTC)
        missing = evaluation(key="missing").lane.address
        found = stored_at(store, [one.lane.address for one in some] + [missing])
    assert set(found) == {one.lane.address for one in some}
    assert all(before <= moment <= after for moment in found.values())
