"""A study written for Optuna says what the store says, whole or completed, and is nobody else's."""

import hashlib
import sqlite3
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import optuna
import pytest
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import FrozenTrial

from actsearch.primitives import (
    GRAMMARS,
    Evaluation,
    Grammar,
    JobError,
    Lane,
    Outcome,
    Proposal,
    StoreError,
    TaskInfo,
    UnknownName,
    canonical_text,
    derive,
    key,
    parse,
    random_chooser,
    record,
    replay,
)
from actsearch.search import Job, make_plan, suggest, write_study
from actsearch.search.loop import search
from actsearch.search.optuna_trials import STATES, place
from actsearch.search.training import Training
from actsearch.storage import Store, open_store

MakePool = Callable[..., Any]

JOB = Job(task="imagined", grammar="ramachandran2017", sampler="random", trials=20, seeds=2, confirm=False)


def mixed(lane: Lane) -> Outcome:
    """One in five diverges, one in seven is broken."""
    number = int(hashlib.sha256(lane.key.encode()).hexdigest()[:8], 16)
    if number % 5 == 0:
        return Outcome.DIVERGED
    return Outcome.BROKEN if number % 7 == 0 else Outcome.OK


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "home") as store:
        yield store


def searched(job: Job, info: TaskInfo, store: Store, pool: Any, grammar: Grammar | None = None) -> str:
    plan = make_plan(job, info, grammar)
    store.jobs.create(plan.id, info, plan.job.model_dump(mode="json"))
    for _ in search(plan, store, Training(store, pool)):
        pass
    return plan.id


@pytest.fixture
def job_id(info: TaskInfo, store: Store, imagined: MakePool) -> str:
    return searched(JOB, info, store, imagined(outcomes=mixed))


def load(path: Path, name: str | None = None) -> optuna.Study:
    return optuna.load_study(study_name=name, storage=f"sqlite:///{path}")


def test_each_proposal_is_a_trial_that_says_what_the_store_says(
    job_id: str, store: Store, tmp_path: Path
) -> None:
    written = write_study(store, job_id, f"sqlite:///{tmp_path}/study.db")
    proposals, study = store.proposals.of(job_id), load(tmp_path / "study.db")
    assert (written.trials, written.added, written.open) == (len(proposals), len(proposals), 0)
    assert len(study.trials) == len(proposals)
    assert len({trial.state for trial in study.trials}) == 3  # complete, pruned, failed
    for one, trial in zip(proposals, study.trials, strict=True):
        assert one.outcome is not None
        assert trial.state is STATES[one.outcome]
        assert trial.params == dict(one.choices)
        again = derive(replay(trial.params, random_chooser(np.random.default_rng(0))), GRAMMARS[JOB.grammar])
        assert canonical_text(again) == one.text
        said = trial.user_attrs
        assert (said["text"], said["key"], said["outcome"]) == (one.text, one.key, str(one.outcome))
        assert (said["sentence"], said["told"], said["place"]) == (one.sentence, one.score, place(one))
        assert key(parse(said["text"])) == one.key
        assert trial.value == (one.score if one.outcome is Outcome.OK else None)
        assert said["seeds"] == ([] if one.outcome is Outcome.REJECTED else [0, 1])


def test_the_study_says_whose_it_is(job_id: str, info: TaskInfo, store: Store, tmp_path: Path) -> None:
    written = write_study(store, job_id[:6], str(tmp_path / "study.db"))
    assert (written.job, written.target) == (job_id, str(tmp_path / "study.db"))
    study = load(tmp_path / "study.db", f"imagined-{job_id}")
    assert study.direction.name == "MAXIMIZE"
    assert study.metric_names == ["score [dB]"]
    about = study.user_attrs
    assert about["job"] == job_id
    assert (about["task"], about["task_hash"]) == ("imagined", info.hash)
    assert (about["grammar"], about["unit"]) == ("ramachandran2017", "dB")


def test_curves_are_means_over_seeds_and_times_those_of_the_trainings(
    job_id: str, info: TaskInfo, store: Store, tmp_path: Path
) -> None:
    write_study(store, job_id, str(tmp_path / "study.db"))
    plan, looked_at = make_plan(JOB, info), 0
    for one, trial in zip(store.proposals.of(job_id), load(tmp_path / "study.db").trials, strict=True):
        assert trial.datetime_start is not None
        assert trial.datetime_complete is not None
        if one.outcome is not Outcome.OK:
            assert trial.intermediate_values == {}
            assert trial.datetime_start <= trial.datetime_complete
            continue
        found = list(store.evaluations.find(lane.address for lane in plan.search_lanes(one)).values())
        curves = -np.array([row.curves["val_loss"] for row in found])
        assert trial.intermediate_values == pytest.approx(dict(enumerate(curves.mean(axis=0), start=1)))
        spent = (trial.datetime_complete - trial.datetime_start).total_seconds()
        assert spent >= max(row.wall_s for row in found) - 1e-3
        looked_at += 1
    assert looked_at > 5


def test_a_curve_of_scores_goes_before_the_loss_and_ends_where_it_is_not_finite(
    info: TaskInfo, store: Store, imagined: MakePool, tmp_path: Path
) -> None:
    pool = imagined()
    plain = pool._imagined

    def scored(lane: Lane) -> Evaluation:
        curves = {"val_loss": (1.0, 2.0, 3.0), "val_score": (10.0 + lane.seed, float("inf"), 20.0)}
        return replace(plain(lane), curves=curves)

    pool._imagined = scored
    job_id = searched(JOB, info, store, pool)
    write_study(store, job_id, str(tmp_path / "study.db"))
    trained = [trial for trial in load(tmp_path / "study.db").trials if trial.user_attrs["seeds"]]
    assert len(trained) == JOB.trials
    assert all(trial.intermediate_values == {1: 10.5, 3: 20.0} for trial in trained)


def test_written_again_nothing_changes(job_id: str, store: Store, tmp_path: Path) -> None:
    write_study(store, job_id, str(tmp_path / "study.db"))
    before = _content(tmp_path / "study.db")
    assert write_study(store, job_id, str(tmp_path / "study.db")).added == 0
    assert _content(tmp_path / "study.db") == before


def test_a_longer_search_adds_only_what_is_new_and_open_ones_wait(
    info: TaskInfo, store: Store, imagined: MakePool, tmp_path: Path
) -> None:
    job_id = searched(JOB, info, store, imagined())
    done = store.proposals.of(job_id)
    extra = Proposal(batch=99, index=0, key=done[2].key, text=done[2].text, choices=done[2].choices)
    store.proposals.add(job_id, [extra])
    first = write_study(store, job_id, str(tmp_path / "study.db"))
    assert (first.trials, first.added, first.open) == (len(done), len(done), 1)
    store.proposals.finish(job_id, [_told(extra)])
    second = write_study(store, job_id, str(tmp_path / "study.db"))
    assert (second.trials, second.added, second.open) == (len(done) + 1, 1, 0)


def _told(one: Proposal) -> Proposal:
    return Proposal(
        batch=one.batch, index=one.index, key=one.key, text=one.text, choices=one.choices,
        outcome=Outcome.OK, sentence="late", score=0.5,
    )  # fmt: skip


@pytest.mark.parametrize("target", ["study.db", "study.log"])
def test_a_killed_call_is_completed_by_the_next(
    target: str, job_id: str, store: Store, tmp_path: Path
) -> None:
    code = (
        "import os, sys\n"
        "from actsearch.search import write_study\n"
        "from actsearch.storage import open_store\n"
        "def stop(done, total):\n"
        "    if done == 7: os._exit(9)\n"
        f"write_study(open_store({str(tmp_path / 'home')!r}), {job_id!r}, {target!r}, on_progress=stop)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, timeout=120, check=False)
    assert done.returncode == 9
    written = write_study(store, job_id, str(tmp_path / target))
    assert written.added == written.trials - 7
    places = [trial.user_attrs["place"] for trial in _trials(tmp_path / target)]
    assert places == [place(one) for one in store.proposals.of(job_id)]


@pytest.mark.parametrize("target", ["study.db", "study.log"])
def test_calls_for_one_target_take_turns(target: str, job_id: str, store: Store, tmp_path: Path) -> None:
    """The second begins when the first has written one trial, and would add the same ones meanwhile."""
    path, added = tmp_path / target, list[int]()

    def again() -> None:
        with open_store(tmp_path / "home") as mine:
            added.append(write_study(mine, job_id, f"{tmp_path}/./{target}").added)

    second = threading.Thread(target=again)

    def begin(done: int, total: int) -> None:
        if done == 1:
            second.start()
            second.join(2.0)

    first = write_study(store, job_id, str(path), on_progress=begin)
    second.join()
    assert (first.added, added) == (first.trials, [0])
    places = [trial.user_attrs["place"] for trial in _trials(path)]
    assert places == [place(one) for one in store.proposals.of(job_id)]


def _trials(path: Path) -> list[FrozenTrial]:
    if path.suffix == ".db":
        return load(path).trials
    backend = JournalFileBackend(str(path))
    return optuna.load_study(study_name=None, storage=JournalStorage(backend)).trials


def test_a_study_without_its_first_trial_is_completed(job_id: str, store: Store, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/study.db"
    optuna.create_study(storage=url, study_name="mine", direction="maximize")
    assert write_study(store, job_id, url, name="mine").added > 0


def test_a_study_of_another_keeps_its_name(
    job_id: str, info: TaskInfo, store: Store, imagined: MakePool, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path}/study.db"
    write_study(store, job_id, url, name="mine")
    other = searched(JOB.model_copy(update={"seed": 1, "trials": 3}), info, store, imagined())
    with pytest.raises(JobError, match=f"a study `mine` of job `{job_id}`, not of `{other}`; give another"):
        write_study(store, other, url, name="mine")
    assert write_study(store, other, url).added > 0  # another name in the same file
    users = optuna.create_study(storage=url, study_name="users", direction="maximize")
    users.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=1)
    with pytest.raises(JobError, match="a study `users` of another program"):
        write_study(store, job_id, url, name="users")


def test_a_grammar_that_is_gone_leaves_the_choices_that_were_made(
    info: TaskInfo, store: Store, small: Grammar, imagined: MakePool, tmp_path: Path
) -> None:
    job_id = searched(JOB, info, store, imagined(), small)
    assert write_study(store, job_id, str(tmp_path / "study.db")).added >= 20
    proposals, trials = store.proposals.of(job_id), load(tmp_path / "study.db").trials
    taken = {one.choices["0"] for one in proposals}
    for one, trial in zip(proposals, trials, strict=True):
        assert trial.params == dict(one.choices)
        assert set(trial.distributions["0"].choices) == taken  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", GRAMMARS)
def test_one_path_always_offers_the_same(name: str) -> None:
    """Optuna refuses a study whose parameter of one name has two distributions."""
    rng, offered = np.random.default_rng(0), dict[str, tuple[str, ...]]()
    asked = 0
    for _ in range(300):
        chooser, choices = record(random_chooser(rng))

        def choose(path: str, options: Any, chooser: Any = chooser) -> str:
            assert offered.setdefault(path, tuple(options)) == tuple(options)
            return chooser(path, options)

        derive(choose, GRAMMARS[name])
        asked += len(choices)
    assert asked >= 300


def test_a_user_goes_on_in_the_written_study(job_id: str, store: Store, tmp_path: Path) -> None:
    write_study(store, job_id, str(tmp_path / "study.db"))
    study = load(tmp_path / "study.db")
    before = len(study.trials)
    study.optimize(lambda trial: -len(canonical_text(suggest(trial, JOB.grammar))), n_trials=3)
    assert len(study.trials) == before + 3
    assert write_study(store, job_id, str(tmp_path / "study.db")).added == 0


IMPORTANCES = ["PedAnovaImportanceEvaluator", "FanovaImportanceEvaluator"]

PLOTS: dict[str, dict[str, Any]] = {
    "plot_contour": {"params": ["0", "0.0"]},
    "plot_edf": {},
    "plot_intermediate_values": {},
    "plot_optimization_history": {},
    "plot_parallel_coordinate": {"params": ["0", "0.0"]},
    "plot_param_importances": {},
    "plot_rank": {"params": ["0", "0.0"]},
    "plot_slice": {"params": ["0", "0.0"]},
    "plot_timeline": {},
}


def test_optunas_own_importances_and_plots_read_it(job_id: str, store: Store, tmp_path: Path) -> None:
    write_study(store, job_id, str(tmp_path / "study.db"))
    study = load(tmp_path / "study.db")
    mpl.use("Agg")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in IMPORTANCES:
            found = optuna.importance.get_param_importances(
                study, evaluator=getattr(optuna.importance, name)()
            )
            assert found
            assert all(weight >= 0 for weight in found.values())
        for name, settings in PLOTS.items():
            assert getattr(optuna.visualization.matplotlib, name)(study, **settings) is not None
            plt.close("all")


def test_progress_counts_what_is_there(job_id: str, store: Store, tmp_path: Path) -> None:
    heard: list[tuple[int, int]] = []
    write_study(store, job_id, str(tmp_path / "s.db"), on_progress=lambda *pair: heard.append(pair))
    total = len(store.proposals.of(job_id))
    assert heard == [(done, total) for done in range(1, total + 1)]


def test_an_unknown_job_makes_nothing(store: Store, tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="no job `abc`"):
        write_study(store, "abc", str(tmp_path / "study.db"))
    assert not (tmp_path / "study.db").exists()


@pytest.mark.slow  # Optuna tries five times, with pauses
def test_a_full_disk_loses_nothing(job_id: str, store: Store, tmp_path: Path) -> None:
    write_study(store, job_id, str(tmp_path / "whole.db"))
    room = (tmp_path / "whole.db").stat().st_size - 30_000
    code = (
        "import resource, sys\n"
        "from actsearch.primitives import StoreError\n"
        "from actsearch.search import write_study\n"
        "from actsearch.storage import open_store\n"
        f"store = open_store({str(tmp_path / 'home')!r})\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({room}, {room}))\n"
        "try:\n"
        f"    write_study(store, {job_id!r}, 'study.db')\n"
        "except StoreError as error:\n"
        "    print(error)\n"
        "else:\n"
        "    sys.exit('the disk was not full')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "`study.db`" in done.stdout
    assert "what was written before is kept" in done.stdout
    written = write_study(store, job_id, str(tmp_path / "study.db"))
    assert 0 < written.added < written.trials
    assert len(load(tmp_path / "study.db").trials) == written.trials


def test_another_distribution_is_one_sentence(job_id: str, store: Store, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/study.db"
    write_study(store, job_id, url, name="first")
    study = optuna.create_study(storage=url, study_name="mine", direction="maximize")
    study.set_user_attr("job", job_id)
    study.optimize(lambda trial: trial.suggest_float("0", 0, 1), n_trials=1)
    with pytest.raises(StoreError, match="is not what Optuna expects"):
        write_study(store, job_id, url, name="mine")


def _content(path: Path) -> list[str]:
    database = sqlite3.connect(path)
    try:
        return list(database.iterdump())
    finally:
        database.close()
