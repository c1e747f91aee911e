"""A study that is read: actsearch's own comes back as it was, anybody's as claims, a hostile one as words."""

import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import optuna
import pytest
from optuna.storages import JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState
from sqlalchemy import make_url

from actsearch.primitives import (
    ActsearchError,
    JobError,
    Outcome,
    StoreError,
    TaskInfo,
    UnknownName,
    canonical_text,
    key,
    parse,
)
from actsearch.search import Job, make_plan, read_study, suggest, write_study
from actsearch.search.loop import search
from actsearch.search.training import Training
from actsearch.storage import Store, open_store, views
from actsearch.storage.imported import Claim
from tests.storage.stores import DATABASES, new_database

from .test_optuna_study import mixed

JOB = Job(task="imagined", grammar="ramachandran2017", sampler="random", trials=24, seeds=2, confirm=False)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Another one than that of the job."""
    with open_store(tmp_path / "here") as store:
        yield store


@pytest.fixture
def written(info: TaskInfo, imagined: Callable[..., Any], tmp_path: Path) -> Iterator[tuple[Store, str]]:
    """A store and the job in it that was written as `study.db` and `study.log`."""
    with open_store(tmp_path / "there") as there:
        plan = make_plan(JOB, info)
        there.jobs.create(plan.id, info, plan.job.model_dump(mode="json"))
        for _ in search(plan, there, Training(there, imagined(outcomes=mixed))):
            pass
        for target in ("study.db", "study.log"):
            write_study(there, plan.id, str(tmp_path / target), name="mine")
        yield there, plan.id


@pytest.mark.parametrize("target", ["study.db", "study.log"])
def test_what_actsearch_wrote_comes_back_as_it_was(
    target: str, written: tuple[Store, str], store: Store, tmp_path: Path
) -> None:
    there, id = written
    before = (tmp_path / target).read_bytes()
    read = read_study(store, str(tmp_path / target))
    proposals = there.proposals.of(id)
    assert (read.study, read.job, read.trials, read.kept, read.added) == ("mine", id, *(len(proposals),) * 3)
    assert read.left_out == {}
    told = [
        (one.place, one.key, one.text, dict(one.choices), one.outcome, one.sentence, one.value)
        for one in store.claims.of("mine")
    ]
    assert told == [
        (
            f"{one.batch}.{one.index}",
            one.key,
            one.text,
            dict(one.choices),
            one.outcome,
            one.sentence,
            one.score,
        )
        for one in proposals
    ]
    assert {one.outcome for one in store.claims.of("mine")} >= {Outcome.OK, Outcome.DIVERGED}
    assert read_study(store, str(tmp_path / target)).added == 0
    assert (tmp_path / target).read_bytes() == before, "what is read is not written"


def test_a_claim_is_no_evaluation_and_stands_on_no_board(
    written: tuple[Store, str], store: Store, tmp_path: Path
) -> None:
    read_study(store, str(tmp_path / "study.db"))
    assert store.evaluations.of() == []
    assert views.leaderboard(store) == []
    assert store.jobs.all() == []
    assert store.tasks.of() == []


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/users.db"


def users(url: str | RDBStorage, direction: Any = "minimize") -> optuna.Study:
    """A study of somebody's, without a word of actsearch."""
    study = optuna.create_study(storage=url, study_name="users", direction=direction)

    def objective(trial: optuna.Trial) -> float:
        name = trial.suggest_categorical("activation", ["relu", "x*sin(x)", "tanh(x)", "no such("])
        lr = trial.suggest_float("lr", 0.1, 1.0)
        trial.set_user_attr("form", ["x+1", 3, None, "gelu"][trial.number % 4])
        if trial.number == 5:
            raise optuna.TrialPruned
        return len(name) + lr

    study.sampler = optuna.samplers.RandomSampler(seed=1)
    study.optimize(objective, n_trials=12)
    return study


@pytest.mark.parametrize("direction", ["minimize", "maximize"])
def test_anybodys_study_claims_what_its_parameter_names(direction: str, url: str, store: Store) -> None:
    study = users(url, direction)
    read = read_study(store, url, "users", called="theirs", attribute="activation")
    named = [
        trial
        for trial in study.trials
        if trial.state is TrialState.COMPLETE and trial.params["activation"] != "no such("
    ]
    claims = store.claims.of("theirs")
    assert [(one.number, one.value) for one in claims] == [(trial.number, trial.value) for trial in named]
    assert [one.text for one in claims] == [
        canonical_text(parse(trial.params["activation"])) for trial in named
    ]
    assert read.trials == 12
    assert sum(read.left_out.values()) == 12 - len(named)
    values = [one.value or 0.0 for one in read.best]
    assert values == sorted(values, reverse=direction == "maximize")
    assert len({one.key for one in read.best}) == len(read.best) == 3
    best = study.best_trial
    if best.params["activation"] != "no such(":
        assert read.best[0].number == best.number


def test_a_user_attribute_goes_before_a_parameter(url: str, store: Store) -> None:
    users(url)
    read = read_study(store, url, attribute="form")
    assert {one.text for one in read.best} == {canonical_text(parse(text)) for text in ("x+1", "gelu")}
    assert read.left_out["no expression in its user attribute or parameter `form`"] >= 5


def test_a_study_that_asked_suggest_claims_its_texts(url: str, store: Store) -> None:
    study = optuna.create_study(storage=url, study_name="asked", direction="maximize")

    def objective(trial: optuna.Trial) -> tuple[float, ...] | float:
        return float(len(canonical_text(suggest(trial, "ramachandran2017"))))

    study.sampler = optuna.samplers.RandomSampler(seed=1)
    study.optimize(objective, n_trials=12)
    read = read_study(store, url)
    done = [trial for trial in study.trials if trial.state is TrialState.COMPLETE]
    assert [one.text for one in store.claims.of("asked")] == [one.user_attrs["text"] for one in done]
    assert read.best[0].value == study.best_value


def test_one_of_several_objectives_counts(url: str, store: Store) -> None:
    study = optuna.create_study(storage=url, study_name="two", directions=["minimize", "maximize"])
    for value in (1.0, 2.0):
        trial = study.ask()
        trial.set_user_attr("text", f"sin({value}*x)")
        study.tell(trial, [value, -value])
    assert [one.value for one in read_study(store, url, objective=1).best] == [-1.0, -2.0]
    with pytest.raises(UnknownName, match=r"no objective of study `two` `2`; known, nearest first: `0`, `1`"):
        read_study(store, url, objective=2)
    with pytest.raises(JobError, match="another study `two`"):
        read_study(store, url, objective=0)
    assert read_study(store, url, objective=0, called="first of two").added == 2


def test_names_are_looked_up(url: str, store: Store) -> None:
    for name in ("one", "two"):
        optuna.create_study(storage=url, study_name=name)
    for name in (None, "three"):
        with pytest.raises(UnknownName, match="no study in") as error:
            read_study(store, url, name)
        assert set(error.value.known) == {"one", "two"}
    assert read_study(store, url, "one").trials == 0


def test_a_study_that_grew_adds_what_is_new(url: str, store: Store) -> None:
    study = users(url)
    first = read_study(store, url, attribute="activation")
    study.add_trial(
        optuna.trial.create_trial(
            value=0.25, params={"activation": "tanh(x)"},
            distributions={"activation": study.trials[0].distributions["activation"]},
        )
    )  # fmt: skip
    second = read_study(store, url, attribute="activation")
    assert (second.added, second.kept) == (1, first.kept + 1)
    assert second.best[0].value == 0.25


LIES: dict[str, tuple[dict[str, Any], str]] = {
    "a text of another function": ({"text": "cos(x)"}, "a key that is not that of its text"),
    "another key": ({"key": "0" * 16}, "a key that is not that of its text"),
    "a better score": ({"told": 99.0}, "a score that is not its value"),
    "a score in words": ({"told": "99"}, "a score that is not"),
    "no text": ({"text": None}, "no expression"),
    "a text that is code": ({"text": "__import__('os').system('true')"}, ""),
    "a text without end": ({"text": "x+" * 4000 + "x"}, "more than 4000 characters"),
    "brackets": ({"text": "(" * 1900 + "x" + ")" * 1900}, ""),
    "nothing of a string": ({"text": {"a": ["x"]}}, "no expression"),
    "half a character": ({"text": "x\ud800"}, ""),
}


def test_a_trial_that_was_changed_is_left_out_with_its_reason(
    written: tuple[Store, str], store: Store, tmp_path: Path
) -> None:
    path = tmp_path / "study.db"
    proposals = written[0].proposals.of(written[1])
    complete = [number for number, one in enumerate(proposals) if one.outcome is Outcome.OK]
    lied = dict(zip(complete, LIES.values(), strict=False))
    assert len(lied) == len(LIES)
    with sqlite3.connect(path) as database:
        for number, (changes, _) in lied.items():
            for name, value in changes.items():
                database.execute(
                    "UPDATE trial_user_attributes SET value_json = ? WHERE key = ? AND trial_id = "
                    "(SELECT trial_id FROM trials WHERE number = ?)",
                    (json.dumps(value), name, number),
                )
    database.close()
    read = read_study(store, str(path))
    assert {one.number for one in store.claims.of("mine")} == set(range(len(proposals))) - set(lied)
    assert sum(read.left_out.values()) == len(LIES)
    for _, reason in LIES.values():
        assert any(reason in said for said in read.left_out)


def test_odd_outcomes_sentences_and_places_are_bounded(
    written: tuple[Store, str], store: Store, tmp_path: Path
) -> None:
    with sqlite3.connect(tmp_path / "study.db") as database:
        for name, value in {"outcome": "marvellous", "sentence": "a\0" * 9000, "place": ["x"] * 99}.items():
            database.execute(
                "UPDATE trial_user_attributes SET value_json = ? WHERE key = ?", (json.dumps(value), name)
            )
    database.close()
    read = read_study(store, str(tmp_path / "study.db"))
    assert read.kept == read.trials
    for one in store.claims.of("mine"):
        assert one.outcome in (Outcome.OK, Outcome.PRUNED, Outcome.BROKEN)
        assert len(one.sentence) <= 4000
        assert len(one.place) <= 40


def damaged(path: Path) -> dict[str, str]:
    """Files that are no storage of Optuna's, by what they are."""
    files = {
        "text.db": b"hello",
        "empty.db": b"",
        "random.db": os.urandom(9000),
        "half.log": b'{"op_code": 0, "wor',
        "words.log": b"hello\n",
        "numbers.log": b"17\n[]\nnull\n",
        "strange.log": b'{"op_code": 4, "worker_id": "w", "study_id": 7}\n',
        "lists.log": b'{"op_code": []}\n',
    }
    for name, content in files.items():
        (path / name).write_bytes(content)
    with sqlite3.connect(path / "other.db") as database:
        database.execute("CREATE TABLE studies (salary INTEGER)")
    database.close()
    with sqlite3.connect(path / "lookalike.db") as database:
        for table in ("studies", "trials", "version_info", "alembic_version"):
            database.execute(f"CREATE TABLE {table} (salary INTEGER)")
    database.close()
    return {
        name: str(path / name)
        for name in (*files, "other.db", "lookalike.db", "missing.db", "missing.log", "missing/s.db", "")
    }


def test_what_is_no_study_is_one_sentence_and_stays_as_it_is(store: Store, tmp_path: Path) -> None:
    for name, target in damaged(tmp_path).items():
        path = Path(target)
        before = path.read_bytes() if target and path.is_file() else None
        with pytest.raises(ActsearchError) as error:
            read_study(store, target, "x")
        assert "\n" not in str(error.value), name
        assert (path.read_bytes() if target and path.is_file() else None) == before, name
    with pytest.raises(StoreError, match=r"oracle\+none://u:\*\*\*@h/d"):
        read_study(store, "oracle+none://u:secret@h/d", "x")
    assert store.claims.studies() == {}


def test_a_study_in_postgresql_is_read(postgres: Any, store: Store) -> None:
    place = make_url(postgres.make_schema())
    url = place.set(drivername="postgresql+psycopg", query={"host": place.query["host"]})
    text = url.render_as_string(hide_password=False)
    theirs = RDBStorage(text)
    users(theirs)
    assert read_study(store, text, attribute="activation").kept > 5
    theirs.remove_session()
    theirs.engine.dispose()


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with open_store(new_database(request.param, tmp_path, request)) as store:
        yield store


def claim(number: int, **changes: Any) -> Claim:
    told: dict[str, Any] = {"study": "s", "source": "f", "key": "k", "text": "x", "choices": {"0": "x"}}
    rest: dict[str, Any] = {"outcome": Outcome.OK, "sentence": "\0", "value": number / 3, "maximise": False}
    return Claim(number=number, **{**told, **rest, **changes})


def test_claims_are_kept_once_and_never_changed(database: Store) -> None:
    claims = database.claims
    some = [claim(0), claim(2, value=None), claim(1, value=float("inf"))]
    assert (claims.add(some), claims.add([]), claims.add(some)) == (3, 0, 0)
    assert claims.add([claim(0, source="moved"), claim(3)]) == 1
    assert claims.of("s") == [some[0], some[2], some[1], claim(3)]
    with pytest.raises(JobError, match="another study `s`, of whose trial 0"):
        claims.add([claim(4), claim(0, key="l")])
    assert len(claims.of("s")) == 4
    assert claims.add([claim(0, study="t", key="l")]) == 1
    assert claims.studies() == {"s": 4, "t": 1}
    assert claims.of("nothing") == []
    json.dumps([one.as_dict() for one in claims.of("s")], allow_nan=False)


def test_a_journal_whose_end_is_missing_is_read_as_far_as_it_goes(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    study = optuna.create_study(storage=JournalStorage(JournalFileBackend(str(path))), study_name="j")
    for number in range(3):
        trial = study.ask()
        trial.set_user_attr("text", f"x + {number}")
        study.tell(trial, float(number))
    path.write_bytes(path.read_bytes()[:-20])
    read = read_study(store, str(path))
    assert read.kept == 2
    assert key(parse("x")) in {one.key for one in read.best}
