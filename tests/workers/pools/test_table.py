"""Tests of the table of pools."""

import pytest

from actsearch.primitives import PoolError, UnknownName
from actsearch.workers import POOLS, InlinePool, LocalPool, RayPool, open_pool


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
    assert isinstance(open_pool("ray"), RayPool)
    assert local.workers >= 1
    local.close()


def test_an_unknown_executor_lists_the_known_ones() -> None:
    with pytest.raises(UnknownName, match="executor `loca`") as caught:
        open_pool("loca")
    assert caught.value.known[0] == "local"


def test_a_pool_has_a_worker() -> None:
    with pytest.raises(PoolError, match="at least 1"):
        open_pool("local", workers=0)


@pytest.mark.parametrize("name", [name for name in POOLS if name != "ray"])
@pytest.mark.parametrize(
    ("setting", "value"), [("address", "auto"), ("cpus_per_worker", 2.0), ("gpus_per_worker", 0.0)]
)
def test_shares_of_a_cluster_are_asked_of_a_cluster(name: str, setting: str, value: object) -> None:
    with pytest.raises(PoolError, match=f"`{setting}` is a setting of the executor `ray`, not of `{name}`"):
        open_pool(name, **{setting: value})  # pyright: ignore[reportArgumentType]
