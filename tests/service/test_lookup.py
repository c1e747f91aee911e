"""EXPR or KEY: what is meant, and what is known of it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from actsearch.primitives import (
    ActsearchError,
    Evaluation,
    Lane,
    Outcome,
    Protocol,
    Standing,
    TaskInfo,
    UnknownName,
    canonical_text,
    key,
    parse,
    point,
)
from actsearch.service.lookup import existing_store, found, mean
from actsearch.storage import Store, open_store

SEARCH = Protocol(epochs=1, batch=1)
CONFIRM = replace(SEARCH, phase="confirm")
AT = point(lr=0.01)
INFO = TaskInfo(
    name="t", hash="00000000000000aa", title="t", description="", score="s", unit="", chance=0.0, default=AT,
    grid=(AT,), baselines=(), search=SEARCH, confirm=CONFIRM,
)  # fmt: skip
CONFIRMED, SEARCHED = "x*sin(x)", "x*cos(x)"


def keyed(text: str) -> tuple[str, str]:
    return key(parse(text)), canonical_text(parse(text))


def evaluation(text: str) -> Evaluation:
    lane = Lane(*keyed(text), "t", INFO.hash, SEARCH, AT, 0)
    return Evaluation(lane=lane, outcome=Outcome.OK, sentence="", score=1.0)


def standing(text: str, **changes: object) -> Standing:
    one = Standing(
        key=keyed(text)[0], text=keyed(text)[1], name=text, role="leader", protocol=CONFIRM, point=AT,
        seeds=(1, 2), scores=(1.0, 2.0), mean=1.5, low=1.0, high=2.0, diverged=0, step_ratio=1.0, weights=5,
    )  # fmt: skip
    return replace(one, **changes)  # type: ignore[arg-type]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "home") as opened:
        opened.evaluations.add([evaluation(CONFIRMED), evaluation(SEARCHED)])
        for job, mean_score in (("job1", 1.5), ("job2", 1.6)):
            opened.jobs.create(job, INFO, {})
            opened.standings.replace(job, [standing(CONFIRMED, mean=mean_score)])
            opened.jobs.set_state(job, "done")
        yield opened


def test_an_expression_is_meant_in_its_canonical_form() -> None:
    meant = mean("sigmoid(b*x) * x | b=1.0 channel", None)
    assert (meant.key, meant.text, meant.by_key) == (
        *keyed("x*sigmoid(a*x) | a=1.0 channel"),
        False,
    )


@pytest.mark.parametrize("digits", [6, 16])
@pytest.mark.parametrize("text", [CONFIRMED, SEARCHED])
def test_keys_and_their_beginnings_are_found(text: str, digits: int, store: Store) -> None:
    meant = mean(keyed(text)[0][:digits], store)
    assert (meant.key, meant.text, meant.by_key) == (*keyed(text), True)


def test_unknown_and_ambiguous_keys_are_errors(store: Store) -> None:
    with pytest.raises(UnknownName, match="no key `0123456789abcdef`"):
        mean("0123456789abcdef", store)
    first = evaluation(CONFIRMED)
    twin = first.lane.key[:8] + "00000000"
    store.evaluations.add([replace(first, lane=replace(first.lane, key=twin))])
    with pytest.raises(ActsearchError, match="begins 2 keys"):
        mean(twin[:8], store)
    assert mean(twin, store).key == twin


def test_a_key_is_taken_as_it_was_confirmed_by_the_latest_job(store: Store) -> None:
    taken = found(mean(keyed(CONFIRMED)[0], store), store)
    assert taken.standardise
    assert taken.job == "job2"
    assert taken.standing == standing(CONFIRMED, mean=1.6)
    assert taken.task == INFO
    assert taken.confirmed == store.jobs.get("job2").updated.date().isoformat()


def test_a_key_that_search_alone_has_seen_is_taken_as_it_was_trained(store: Store) -> None:
    taken = found(mean(keyed(SEARCHED)[0], store), store)
    assert taken.standardise
    assert taken.standing is None


def test_an_expression_is_taken_as_written(store: Store) -> None:
    taken = found(mean(CONFIRMED, store), store)
    assert not taken.standardise
    assert taken.standing is None
    plain = replace(CONFIRM, standardise=False)
    store.standings.replace("job1", [standing(CONFIRMED, protocol=plain, name="used")])
    taken = found(mean(CONFIRMED, store), store)
    assert taken.standing is not None
    assert taken.standing.protocol == plain


def test_of_several_tasks_one_may_be_asked_for(store: Store) -> None:
    with pytest.raises(UnknownName, match="`tt`"):
        found(mean(CONFIRMED, store), store, task="tt")
    other = replace(INFO, name="other", hash="00000000000000bb")
    store.jobs.create("job3", other, {})
    store.standings.replace("job3", [standing(CONFIRMED, mean=9.0)])
    meant = mean(keyed(CONFIRMED)[0], store)
    assert found(meant, store).task == other
    assert found(meant, store, task="t").task == INFO


def test_a_folder_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    assert existing_store(str(tmp_path / "none")) is None
    assert not (tmp_path / "none").exists()
