"""A whole job, with real trainings of a few milliseconds: run, shown again, stopped, killed, resumed."""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from actsearch.primitives import (
    Chain,
    ExprError,
    Grammar,
    JobError,
    PoolError,
    StoreError,
    UnknownName,
)
from actsearch.search import Job, Progress, read_board, run, steps
from actsearch.search.lock import job_lock
from actsearch.storage import dump, open_store
from actsearch.workers import InlinePool, load_task

TINY: dict[str, Any] = {
    "trials": 12,
    "batch": 4,
    "leaders": 2,
    "confirm_seeds": 3,
    "executor": "inline",
    "stacked": False,
    "fused": False,
}


def tiny(task_file: Path, **changes: Any) -> Job:
    return Job.from_mapping({"task": f"{task_file}:make_task", **TINY, **changes})


def digest(home: Path) -> str:
    with open_store(home) as store:
        return dump.digest(dump.dump(store, canonical=True))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def test_a_job_ends_with_a_confirmed_board(task_file: Path, home: Path) -> None:
    seen: list[Progress] = []
    board = run(tiny(task_file), home=home, on_progress=seen.append)
    assert board.state == "done"
    assert (board.trained, len(board.leaders)) == (12, 2)
    assert board.proposed == board.trained + board.rejected
    assert {row.name for row in board.standings if row.role == "baseline"} == {"relu", "tanh"}
    assert all(word in board.headline for word in ("relu", "tanh"))
    assert [now.phase for now in seen] == sorted(
        (now.phase for now in seen), key=["search", "tune", "confirm"].index
    )
    shares = [now.share for now in seen]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert board.as_dict()["job"]["trials"] == 12


def test_the_same_job_again_shows_its_board_and_trains_nothing(task_file: Path, home: Path) -> None:
    board, seen = run(tiny(task_file), home=home), list[Progress]()
    assert run(tiny(task_file), home=home, on_progress=seen.append) == board
    assert seen == []


def test_a_job_repeats_exactly(task_file: Path, tmp_path: Path) -> None:
    boards = [run(tiny(task_file), home=tmp_path / name) for name in ("a", "b")]
    assert digest(tmp_path / "a") == digest(tmp_path / "b")
    assert boards[0].headline == boards[1].headline


@pytest.mark.slow
@pytest.mark.parametrize("sampler", ["evolution", "random"])
@pytest.mark.parametrize("stacked", [False, True])
def test_a_job_has_the_same_results_in_processes(
    stacked: bool, sampler: str, task_file: Path, tmp_path: Path
) -> None:
    job = tiny(task_file, stacked=stacked, sampler=sampler)
    run(job, home=tmp_path / "a")
    run(job.model_copy(update={"executor": "local", "workers": 2}), home=tmp_path / "b")
    assert digest(tmp_path / "a") == digest(tmp_path / "b")


def test_a_job_trains_on_the_pool_that_it_is_given_and_leaves_it_open(task_file: Path, home: Path) -> None:
    with closing(InlinePool()) as pool:
        board = run(tiny(task_file, executor="ray", address="127.0.0.1:1"), home=home, pool=pool)
        assert board.state == "done"
        assert pool.submit([]) == []


def test_one_line_of_the_task_changed_reuses_nothing(task_file: Path, home: Path) -> None:
    first = run(tiny(task_file), home=home)
    task_file.write_text(task_file.read_text().replace("width=8", "width=9"))
    seen: list[Progress] = []
    second = run(tiny(task_file), home=home, on_progress=seen.append)
    assert first.info.hash != second.info.hash
    assert first.job_id != second.job_id
    assert {now.reused for now in seen} == {0}


def test_a_longer_job_reuses_what_a_shorter_one_trained(task_file: Path, home: Path) -> None:
    run(tiny(task_file, confirm=False), home=home)
    seen: list[Progress] = []
    run(tiny(task_file, confirm=False, trials=16), home=home, on_progress=seen.append)
    assert seen[-1].reused == 12 + 1
    assert seen[-1].done == 16


def test_a_job_without_confirmation_claims_nothing(task_file: Path, home: Path) -> None:
    board = run(tiny(task_file, confirm=False), home=home)
    assert board.standings == ()
    assert board.headline.startswith("nothing is confirmed yet; of ")
    assert board.candidates[0].text in board.headline


@pytest.mark.parametrize("stopped_after", [0, 1, 5, 14, 22])
def test_ctrl_c_pauses_and_the_same_call_resumes(stopped_after: int, task_file: Path, tmp_path: Path) -> None:
    run(tiny(task_file), home=tmp_path / "whole")

    def impatient(now: Progress) -> None:
        nonlocal stopped_after
        stopped_after -= 1
        if stopped_after < 0:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(tiny(task_file), home=tmp_path / "stopped", on_progress=impatient)
    with open_store(tmp_path / "stopped") as store:
        [record] = store.jobs.all()
        assert (record.state, read_board(store, record.id).state) == ("paused", "paused")
        assert "run it again" in record.sentence
    assert run(tiny(task_file), home=tmp_path / "stopped").state == "done"
    assert digest(tmp_path / "stopped") == digest(tmp_path / "whole")


def test_ctrl_c_in_the_middle_of_a_step_pauses(
    task_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, task = tiny(task_file), load_task(f"{task_file}:make_task")
    pool = InlinePool()
    monkeypatch.setattr(pool, "submit", lambda lanes: signal.raise_signal(signal.SIGINT))
    with open_store(tmp_path / "home") as store:
        with pytest.raises(KeyboardInterrupt):
            list(steps(job, store, pool, task.info))
        assert store.jobs.all()[0].state == "paused"


def test_an_error_pauses_and_a_bug_fails(
    task_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, task = tiny(task_file), load_task(f"{task_file}:make_task")
    for error, state in ((PoolError("no worker"), "paused"), (RuntimeError("a bug"), "failed")):

        def submit(lanes: object, error: Exception = error) -> None:
            raise error

        pool = InlinePool()
        monkeypatch.setattr(pool, "submit", submit)
        with open_store(tmp_path / state) as store:
            with pytest.raises(type(error)):
                list(steps(job, store, pool, task.info))
            [record] = store.jobs.all()
            assert record.state == state
            assert str(error) in record.sentence


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"task": "no-task"}, "task `no-task`"),
        ({"grammar": "extendde"}, "grammar `extendde`; known, nearest first: `extended`"),
        ({"sampler": "evolve"}, "sampler `evolve`"),
        ({"executor": "cloud"}, "executor `cloud`"),
        ({"baselines": ["rellu"]}, "baseline `rellu`; known, nearest first: `relu`"),
    ],
)
def test_an_unknown_name_is_told_before_anything_is_stored(
    changes: dict[str, Any], words: str, task_file: Path, home: Path
) -> None:
    with pytest.raises(UnknownName, match=words):
        run(tiny(task_file, **changes), home=home)
    if home.exists():
        with open_store(home) as store:
            assert store.jobs.all() == []


def test_a_broken_baseline_is_shown_with_a_caret(task_file: Path, home: Path) -> None:
    with pytest.raises(ExprError, match=r"\^"):
        run(tiny(task_file, baselines=["x*sin("]), home=home)


def test_baselines_may_be_names_or_expressions(task_file: Path, home: Path) -> None:
    job = tiny(task_file, baselines=["tanh", "gelu", "x*sin(2*x)", "tanh"], trials=4)
    board = run(job, home=home)
    assert {row.name for row in board.standings if row.role == "baseline"} == {"tanh", "gelu", "x*sin(2*x)"}


def test_a_grammar_of_ones_own_is_part_of_the_job(task_file: Path, home: Path) -> None:
    forms = ("sin(x)", "tanh(x)", "x^2", "gauss(x)", "erf(x)", "2*x")
    mine = Grammar("mine", Chain((forms, forms)))
    board = run(tiny(task_file, confirm=False, trials=6), home=home, grammar=mine)
    other = run(tiny(task_file, confirm=False, trials=6), home=home)
    assert board.job.grammar == "mine"
    assert board.job_id != other.job_id
    assert board.trained == 6


def test_one_job_runs_once_at_a_time(task_file: Path, home: Path) -> None:
    board = run(tiny(task_file, confirm=False), home=home)
    with job_lock(home, board.job_id), pytest.raises(JobError, match="is already running"):
        run(tiny(task_file, confirm=False), home=home)
    run(tiny(task_file, confirm=False), home=home)


def test_a_data_folder_that_cannot_be_written_is_one_sentence(task_file: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StoreError) as caught:
        run(tiny(task_file), home=tmp_path / "file")
    assert "\n" not in str(caught.value)


RUN = """
import sys
from actsearch.search import Job, run
run(Job.model_validate_json(sys.argv[1]), home=sys.argv[2])
"""


def started(job: Job, home: Path) -> subprocess.Popen[bytes]:
    """The job in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", RUN, job.model_dump_json(), str(home)],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        stderr=subprocess.PIPE,
    )


def killed(job: Job, home: Path, times: int, seed: int) -> None:
    """Runs the job, killing it `times` times at random moments of its work, then lets it finish."""
    rng = random.Random(seed)
    for _ in range(times):
        before, process = _stored(home), started(job, home)
        while process.poll() is None and _stored(home) == before:
            time.sleep(0.01)
        time.sleep(rng.uniform(0.0, 0.4))
        process.kill()
        process.communicate()
    process = started(job, home)
    _, errors = process.communicate()
    assert process.returncode == 0, errors.decode()


def _stored(home: Path) -> tuple[int, int]:
    """Changes whenever the database does."""
    log = home / "actsearch.db-wal"
    return (log.stat().st_mtime_ns, log.stat().st_size) if log.exists() else (0, 0)


@pytest.mark.parametrize(
    ("times", "fields"),
    [
        (3, {}),
        (3, {"stacked": True}),
        (3, {"stacked": True, "sampler": "random"}),
        pytest.param(20, {}, marks=pytest.mark.slow),
        pytest.param(12, {"stacked": True}, marks=pytest.mark.slow),
        pytest.param(8, {"stacked": True, "executor": "local", "workers": 2}, marks=pytest.mark.slow),
        pytest.param(
            4,
            {"stacked": True, "fused": True, "sampler": "random", "executor": "local", "workers": 2},
            marks=pytest.mark.slow,
        ),
    ],
)
def test_kill_minus_9_changes_nothing(
    times: int, fields: dict[str, Any], task_file: Path, tmp_path: Path
) -> None:
    job = tiny(task_file, trials=12 * times, **fields)
    killed(job, tmp_path / "killed", times, seed=times)
    run(job.model_copy(update={"executor": "inline"}), home=tmp_path / "whole")
    assert digest(tmp_path / "killed") == digest(tmp_path / "whole")


def test_two_jobs_at_once_on_one_database(task_file: Path, tmp_path: Path) -> None:
    jobs = [tiny(task_file, seed=seed, trials=24) for seed in range(2)]
    processes = [started(job, tmp_path / "both") for job in jobs]
    for process in processes:
        _, errors = process.communicate()
        assert process.returncode == 0, errors.decode()
    for job in jobs:
        run(job, home=tmp_path / "apart")
    assert digest(tmp_path / "both") == digest(tmp_path / "apart")


@pytest.mark.slow
def test_a_placebo_finds_nothing(tmp_path: Path) -> None:
    """Only functions of the baselines, scaled: a*f(b*x), with all baselines of the task on the board.

    A scaled gelu may rightly be better than a weak baseline, as gelu itself is; but none is
    distinguishable from the strongest.
    """
    scales = ("0.5*x", "0.8*x", "x", "1.25*x", "2*x", "-x")
    functions = tuple(f"{one.text}(x)" for one in load_task("digits-mlp").info.baselines)
    placebo = Grammar("placebo", Chain((scales, functions, scales)))
    board = run(Job(task="digits-mlp", trials=32, leaders=3), home=tmp_path, grammar=placebo)
    assert board.state == "done"
    assert len(board.leaders) == 3
    strongest = next(row.name for row in board.standings if row.role == "baseline")
    against = [verdict for row in board.leaders for verdict in row.verdicts if verdict.against == strongest]
    assert "no leader is distinguishable from" in board.headline
    assert {verdict.word for verdict in against} == {"not distinguishable"}


def test_what_was_trained_before_a_restart_counts_as_reused(task_file: Path, home: Path) -> None:
    def stop(now: Progress) -> None:
        if now.phase == "tune":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(tiny(task_file), home=home, on_progress=stop)
    seen: list[Progress] = []
    run(tiny(task_file), home=home, on_progress=seen.append)
    assert (seen[0].done, seen[0].reused) == (12, 12 + 1)


def test_a_job_of_which_nothing_came_through_says_so(task_file: Path, home: Path) -> None:
    text = task_file.read_text()
    assert "default=point(lr=1e-2)" in text
    task_file.write_text(text.replace("default=point(lr=1e-2)", "default=point(lr=1e38)"))
    board = run(tiny(task_file, confirm=False), home=home)
    assert (board.trained, board.candidates) == (12, ())
    assert board.headline == "none of 12 candidates came through its training"
