"""Records: what addresses a result changes with all that decides it, and with nothing else."""

import hashlib
import json
from dataclasses import asdict, fields, replace
from typing import Any

import pytest

from actsearch.primitives import Lane, Outcome, Protocol, content_hash, point

PROTOCOL = Protocol(epochs=10, batch=32)
OTHER: dict[str, Any] = {
    "phase": "confirm",
    "epochs": 11,
    "batch": 33,
    "optimiser": "sgd",
    "schedule": "constant",
    "weight_decay": 0.1,
    "activation_lr": 0.5,
    "initialisation": "siren",
    "inputs": "fourier",
    "standardise": False,
    "dtype": "float64",
    "derivatives": 2,
    "stacked": True,
    "fused": True,
    "numerics": 3,
}


def test_there_is_another_value_for_each_field_of_a_protocol() -> None:
    assert set(OTHER) == {field.name for field in fields(Protocol)}


@pytest.mark.parametrize("name", OTHER)
def test_every_field_of_a_protocol_changes_its_hash(name: str) -> None:
    assert replace(PROTOCOL, **{name: OTHER[name]}).hash != PROTOCOL.hash


def test_equal_protocols_have_equal_hashes() -> None:
    whole = Protocol(epochs=10, batch=32, weight_decay=0, activation_lr=1)
    assert whole == PROTOCOL
    assert whole.hash == PROTOCOL.hash


def test_a_hash_is_the_beginning_of_sha_256_over_canonical_json() -> None:
    told = {name: value for name, value in asdict(PROTOCOL).items() if name != "fused"}
    text = json.dumps(told, sort_keys=True, separators=(",", ":"))
    assert PROTOCOL.hash == hashlib.sha256(text.encode()).hexdigest()[:16]
    assert content_hash({"b": 1, "a": 2}) == content_hash({"a": 2, "b": 1})
    assert content_hash([1, 2]) != content_hash([2, 1])


def test_a_point_does_not_depend_on_order_or_spelling() -> None:
    assert point(omega=10, lr=0.01) == point(lr=0.01, omega=10.0) == (("lr", 0.01), ("omega", 10.0))


def test_an_address_ignores_only_the_text_and_the_name_of_the_task() -> None:
    lane = Lane("k", "x", "task", "hash", PROTOCOL, point(lr=0.01), 0)
    assert replace(lane, text="1.0*x", task="elsewhere").address == lane.address
    changes: list[dict[str, Any]] = [
        {"key": "l"},
        {"task_hash": "other"},
        {"protocol": replace(PROTOCOL, epochs=11)},
        {"point": point(lr=0.02)},
        {"seed": 1},
    ]
    assert len({lane.address, *(replace(lane, **change).address for change in changes)}) == 6


def test_what_answers_later_requests() -> None:
    assert {one for one in Outcome if one.answers} == {
        Outcome.OK,
        Outcome.REJECTED,
        Outcome.DIVERGED,
        Outcome.BROKEN,
    }
