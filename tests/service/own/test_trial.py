"""`trials`: a loop of one's own over the candidates of a job: told, forgotten, stopped, left."""

from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from actsearch.primitives import ActsearchError, JobError, Lane, LeaseLost, Outcome
from actsearch.service.own.trial import Trial, trials
from actsearch.service.own.work import LocalWork, Work
from actsearch.storage import Store, open_store
from tests.contracts.offered import lane, let_run_out, running_job, take

JOB = "5f2a9c01d3e4"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path / "home") as store:
        running_job(store, JOB)
        offer(store, "relu(x)", "x*sigmoid(b*x) | b=0.5 channel", "sin(x)")
        yield store


@pytest.fixture
def work(store: Store) -> Work:
    return LocalWork(store)


def function(text: str) -> Lane:
    return replace(lane(text), text=text)


def offer(store: Store, *texts: str) -> None:
    store.offers.offer(JOB, [function(text) for text in texts])


def left(work: Work) -> Generator[Trial]:
    return trials(work, JOB, wait=False)


def test_each_candidate_comes_once_with_what_it_takes_to_train_it(store: Store, work: Work) -> None:
    seen: list[str] = []
    for trial in left(work):
        assert (trial.settings, trial.seed, trial.epochs, trial.split) == ({"lr": 0.1}, 0, 5, "validation")
        assert trial.report(0.25, 1)
        assert trial.report()
        seen.append(trial.text)
        trial.tell(float(len(seen)), val_accuracy=0.5)
    assert seen == ["relu(x)", "x*sigmoid(b*x) | b=0.5 channel", "sin(x)"]
    told = store.evaluations.of()
    assert [(one.score, dict(one.metrics)) for one in told] == [(n, {"val_accuracy": 0.5}) for n in (1, 2, 3)]
    assert list(left(work)) == []


def test_its_module_is_what_a_search_trains(work: Work) -> None:
    """Standardised where the protocol says so, with parameters of its own, the same as its file."""
    *_, swish, sine = _texts(work)
    made = swish.module(4)
    assert [tuple(one.shape) for one in made.parameters()] == [(4,)]
    names: dict[str, type[torch.nn.Module]] = {}
    exec(compile(sine.source, "activation.py", "exec"), names)
    x = torch.linspace(-3, 3, 50)[:, None]
    torch.testing.assert_close(names["Activation"](1)(x), sine.module(1)(x), rtol=0, atol=0)
    z = torch.randn(100_000, generator=torch.Generator().manual_seed(0))[:, None]
    assert abs(float(sine.module(1)(z).std()) - 1) < 0.02


def _texts(work: Work) -> list[Trial]:
    """All that are given out, each left open."""
    from actsearch.service.http.work_models import Ask

    given = work.ask(Ask(job=JOB, owner="me", lanes=9))
    return [Trial(work, ticket) for ticket in given.tickets]


def test_what_diverged_and_what_failed_is_told_with_its_sentence(store: Store, work: Work) -> None:
    first, second, third = _texts(work)
    first.diverged()
    second.failed("no such layer")
    third.give_back()
    told = {one.outcome: one.sentence for one in store.evaluations.of()}
    assert told == {Outcome.DIVERGED: "the loss ceased to be finite", Outcome.BROKEN: "no such layer"}
    assert [one.lane.text for one in take(store, "other", lanes=9)] == ["sin(x)"]


@pytest.mark.parametrize("score", [float("nan"), float("inf")])
def test_a_score_is_finite(work: Work, score: float) -> None:
    trial, *_ = _texts(work)
    with pytest.raises(ActsearchError, match=r"`score` cannot be"):
        trial.tell(score)
    assert not trial.ended
    trial.diverged()


def test_what_is_forgotten_is_given_back_and_said(store: Store, work: Work) -> None:
    with pytest.raises(JobError, match=r"nothing was told of `relu\(x\)`; end each trial with `tell`"):
        list(left(work))
    assert len(take(store, "other", lanes=9)) == 3


def test_an_error_in_the_loop_gives_back(store: Store, work: Work) -> None:
    going = left(work)
    next(going)
    going.close()  # as the end of a loop by an error or by `break` does
    assert len(take(store, "other", lanes=9)) == 3


def test_a_paused_job_says_stop_and_the_loop_goes_on(store: Store, work: Work) -> None:
    going = left(work)
    trial = next(going)
    store.queue.pause(JOB)
    assert not trial.report()
    assert trial.why == f"job `{JOB}` is paused"
    assert next(going, None) is None, "without a word about what was not told"


def test_who_was_silent_for_too_long_hears_so(store: Store, work: Work) -> None:
    trial = next(left(work))
    let_run_out(store)
    take(store, "other", lanes=9)
    assert not trial.report()
    with pytest.raises(LeaseLost):
        trial.tell(1.0)
    assert [one.evaluation["score"] for one in store.late.of(JOB)] == [1.0]


def test_in_confirmation_the_score_is_that_of_the_test_split(store: Store, work: Work) -> None:
    for one in left(work):
        one.tell(0.0)
    confirmed = function("relu(x)")
    protocol = replace(confirmed.protocol, phase="confirm")
    store.offers.offer(JOB, [replace(confirmed, protocol=protocol, seed=10_000)])
    (trial,) = _texts(work)
    assert trial.split == "test"
    trial.tell(0.75)
    assert store.evaluations.of(phase="confirm")[0].metrics["test_score"] == 0.75


def test_a_function_that_cannot_be_standardised_is_refused_and_the_next_one_given(
    store: Store, work: Work
) -> None:
    from actsearch.service.http.work_models import Ask

    store.offers.withdraw(JOB, [one.hold.address for one in take(store, "other", lanes=9)])
    offer(store, "exp(x^2)^9", "tanh(x)")
    given = work.ask(Ask(job=JOB, owner="me"))
    assert [ticket.text for ticket in given.tickets] == ["tanh(x)"]
    (refused,) = store.evaluations.of()
    assert refused.outcome is Outcome.REJECTED


def test_a_job_that_a_runner_trains_gives_nobody_candidates(store: Store, work: Work) -> None:
    from tests.contracts.queued import TASK

    store.queue.submit("aaaaaaaaaaaa", TASK, {"executor": "local"})
    with pytest.raises(JobError, match=r"is trained by `local`; candidates are given of jobs .* `own`"):
        next(trials(work, "aaaa"))
