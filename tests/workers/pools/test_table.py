"""Tests of the table of pools."""

import pytest

from actsearch.primitives import PoolError, UnknownName
from actsearch.workers import POOLS, InlinePool, LocalPool, open_pool


@pytest.mark.parametrize("name", POOLS)
def test_every_pool_opens_and_closes(name: str) -> None:
    pool = open_pool(name, workers=1, time_limit_s=60, memory_limit_mb=4096)
    assert pool.workers == 1
    assert pool.submit([]) == []
    pool.close()


def test_the_names_stand_for_what_they_say() -> None:
    inline, local = open_pool("inline"), open_pool("local")
    assert isinstance(inline, InlinePool)
    assert isinstance(local, LocalPool)
    assert local.workers >= 1
    local.close()


def test_an_unknown_executor_lists_the_known_ones() -> None:
    with pytest.raises(UnknownName, match="executor `loca`") as caught:
        open_pool("loca")
    assert caught.value.known[0] == "local"


def test_a_pool_has_a_worker() -> None:
    with pytest.raises(PoolError, match="at least 1"):
        open_pool("local", workers=0)
