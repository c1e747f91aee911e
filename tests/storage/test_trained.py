"""`trained`: against numbers worked out by hand from a few stored evaluations."""

from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from actsearch.primitives.records import Protocol, point
from actsearch.storage import Store, open_store
from actsearch.storage.trained import trained

TUNE = Protocol(epochs=3, batch=32)
CONFIRM = Protocol(phase="confirm", epochs=3, batch=32)
SLOW, FAST = point(lr=0.01), point(lr=0.1)


@pytest.fixture
def store() -> Iterator[Store]:
    with open_store("sqlite://") as opened:
        yield opened


def curves(*val: float, gap: float = 0.5) -> dict[str, tuple[float, ...]]:
    return {"val_loss": val, "train_loss": tuple(loss - gap for loss in val)}


SITES = {"weights": 10.0, "dead.0": 0.5, "dead.1": 0.0, "saturated.0": 0.75, "saturated.1": 0.25,
         "grad_norm.0": 4.0, "grad_norm.1": 1.0}  # fmt: skip


def test_one_protocol_is_one_row_with_all_its_points(store: Store, make: SimpleNamespace) -> None:
    def lane(seed: int, at: Any, score: float | None, **more: Any) -> Any:
        return make.evaluation("k", score, seed, protocol=TUNE, point=at, **more)

    store.evaluations.add(
        [
            lane(0, SLOW, -3.0, curves=curves(9.0, 5.0, 3.0)),
            lane(0, FAST, -1.0, curves=curves(8.0, 4.0, 1.0), diagnostics=SITES),
            lane(1, FAST, -2.0, curves=curves(6.0, 2.0, 2.0), diagnostics=SITES | {"dead.0": 0.0}),
            lane(2, FAST, None),
        ]
    )
    (row,) = trained(store, "k", "relu")
    assert [(rate.point, rate.score, rate.seeds, rate.diverged) for rate in row.rates] == [
        (SLOW, -3.0, 1, 0),
        (FAST, -1.5, 3, 1),
    ]
    assert (row.task, row.protocol, row.point, row.score) == ("toy", TUNE, FAST, -1.5)
    assert (row.dead, row.saturated, row.grad_norm) == ((0.25, 0.0), (0.75, 0.25), (4.0, 1.0))
    # The mean curve is 7, 3, 1.5; its own gain is 5.5, of which 5 % are 0.275.
    assert (row.final_loss, row.gap) == pytest.approx((1.5, 0.5))
    assert (row.against, row.target, row.epochs) == ("itself", pytest.approx(1.775), 3)


def test_relu_of_the_same_task_phase_and_epochs_is_the_measure(store: Store, make: SimpleNamespace) -> None:
    def lane(key: str, val: tuple[float, ...], score: float, **more: Any) -> Any:
        return make.evaluation(
            key, score, curves=curves(*val), **{"protocol": CONFIRM, "point": SLOW, **more}
        )

    plain = replace(CONFIRM, standardise=False)
    store.evaluations.add(
        [
            lane("k", (5.0, 2.0, 1.0), -1.0),
            lane("relu", (6.0, 4.0, 3.0), -3.0),
            # As it is used it does better, so that this one counts.
            lane("relu", (6.0, 3.0, 2.0), -2.0, protocol=plain),
            # These are of another length, phase or task.
            lane("relu", (0.1, 0.1), 0.0, protocol=replace(CONFIRM, epochs=2)),
            lane("relu", (0.1, 0.1, 0.1), 0.0, protocol=TUNE),
            lane("relu", (0.1, 0.1, 0.1), 0.0, task_hash="other"),
        ]
    )
    (row,) = trained(store, "k", "relu")
    assert (row.against, row.target, row.epochs) == ("relu", 2.0, 2)
    own = {one.task_hash + one.protocol.phase: one for one in trained(store, "relu", "relu")}
    assert {one.against for one in own.values()} == {"itself"}


def test_what_never_gets_there_has_no_epoch(store: Store, make: SimpleNamespace) -> None:
    rows = [("k", (5.0, 4.0), -4.0), ("relu", (5.0, 1.0), -1.0)]
    store.evaluations.add([make.evaluation(key, score, curves=curves(*val)) for key, val, score in rows])
    (row,) = trained(store, "k", "relu")
    assert (row.epochs, row.target) == (None, 1.0)


def test_rows_are_of_this_function_and_of_what_came_through(store: Store, make: SimpleNamespace) -> None:
    store.evaluations.add([make.evaluation("k", None), make.evaluation("other", 1.0)])
    assert trained(store, "k", "relu") == []
    assert trained(store, "nothing", "relu") == []


def test_an_evaluation_without_curves_and_diagnostics_is_shown(store: Store, make: SimpleNamespace) -> None:
    store.evaluations.add([make.evaluation("k", 1.0)])
    (row,) = trained(store, "k", "relu")
    assert (row.dead, row.gap, row.target, row.epochs) == ((), None, None, None)
    assert row.as_dict()["score"] == 1.0
