"""`suggest`: an expression of a grammar inside anybody's study, with any sampler, again and again."""

from collections.abc import Callable
from pathlib import Path

import optuna
import pytest
from optuna.samplers import BaseSampler, NSGAIISampler, QMCSampler, RandomSampler, TPESampler
from optuna.trial import FixedTrial, TrialState

from actsearch.primitives import (
    GRAMMARS,
    Chain,
    Constraints,
    Grammar,
    JobError,
    Outcome,
    UnknownName,
    broken,
    canonical_text,
    key,
    parse,
    screen,
    size,
)
from actsearch.search import suggest

SAMPLERS: dict[str, Callable[[], BaseSampler]] = {
    "random": lambda: RandomSampler(seed=0),
    "tpe": lambda: TPESampler(seed=0, n_startup_trials=4),
    "tpe, multivariate": lambda: TPESampler(seed=0, n_startup_trials=4, multivariate=True),
    "tpe, in groups": lambda: TPESampler(seed=0, n_startup_trials=4, multivariate=True, group=True),
    "nsga2": lambda: NSGAIISampler(seed=0, population_size=4),
    "quasi-random": lambda: QMCSampler(seed=0),
}

pytestmark = pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")


@pytest.fixture(autouse=True)
def _quiet() -> None:
    optuna.logging.set_verbosity(optuna.logging.ERROR)


def shortest(trial: optuna.Trial) -> float:
    """Two expressions beside a learning rate; the shorter the better."""
    lr = trial.suggest_float("lr", 1e-4, 1e-1, log=True)
    first = suggest(trial, "ramachandran2017", "first.", prune=False)
    return -size(first) - size(suggest(trial, "extended", "second.")) - lr


@pytest.mark.parametrize("name", SAMPLERS)
def test_every_sampler_can_choose_and_the_best_is_made_again(name: str) -> None:
    study = optuna.create_study(sampler=SAMPLERS[name](), direction="maximize")
    study.optimize(shortest, n_trials=16)
    assert {trial.state for trial in study.trials} <= {TrialState.COMPLETE, TrialState.PRUNED}
    best = study.best_trial
    for grammar, prefix in (("ramachandran2017", "first."), ("extended", "second.")):
        for trial in (best, FixedTrial(best.params)):
            again = suggest(trial, grammar, prefix, prune=False)
            assert canonical_text(again) == best.user_attrs[f"{prefix}text"]
            assert key(again) == key(parse(best.user_attrs[f"{prefix}text"]))


@pytest.mark.parametrize("name", GRAMMARS)
def test_what_is_refused_is_pruned_and_nothing_else_is(name: str) -> None:
    study = optuna.create_study(sampler=RandomSampler(seed=1), direction="maximize")
    study.optimize(lambda trial: -size(suggest(trial, name)), n_trials=40)
    for trial in study.trials:
        expr = parse(trial.user_attrs["text"])
        refused = screen(expr).outcome is Outcome.REJECTED or broken(expr, GRAMMARS[name].constraints)
        assert trial.state is (TrialState.PRUNED if refused else TrialState.COMPLETE)


def test_what_breaks_a_constraint_is_pruned() -> None:
    grammar = Grammar("odd", Chain((("tanh(x)", "relu(x)"),)), constraints=Constraints(parity="odd"))
    assert canonical_text(suggest(FixedTrial({"0": "tanh(x)"}), grammar)) == "tanh(x)"
    with pytest.raises(optuna.TrialPruned, match="constraint `parity: odd`"):
        suggest(FixedTrial({"0": "relu(x)"}), grammar)


def test_without_pruning_everything_is_given() -> None:
    grammar = Grammar("constant", Chain((("x - x", "1/x"),)))
    for form in ("x - x", "1/x"):
        trial = FixedTrial({"0": form})
        with pytest.raises(optuna.TrialPruned, match="is refused"):
            suggest(trial, grammar)
        assert canonical_text(suggest(trial, grammar, prune=False)) == canonical_text(parse(form))


@pytest.mark.parametrize("jobs", [1, 3])
def test_a_database_and_threads_will_do(jobs: int, tmp_path: Path) -> None:
    storage = optuna.storages.RDBStorage(
        f"sqlite:///{tmp_path}/study.db", engine_kwargs={"connect_args": {"timeout": 60}}
    )
    study = optuna.create_study(storage=storage, sampler=RandomSampler(seed=0), direction="maximize")
    study.optimize(
        lambda trial: -size(suggest(trial, "ramachandran2017", prune=False)), n_trials=9, n_jobs=jobs
    )
    loaded = optuna.load_study(study_name=study.study_name, storage=storage)
    assert len(loaded.trials) == 9
    for trial in loaded.trials:
        again = suggest(trial, "ramachandran2017", prune=False)
        assert canonical_text(again) == trial.user_attrs["text"]
        assert trial.value == -size(again)


def test_equal_prefixes_are_one_expression_and_others_are_not() -> None:
    different = 0
    study = optuna.create_study(sampler=RandomSampler(seed=0))
    for _ in range(20):
        trial = study.ask()
        first = suggest(trial, "ramachandran2017", prune=False)
        assert suggest(trial, "ramachandran2017", prune=False) == first
        different += suggest(trial, "ramachandran2017", "other.", prune=False) != first
    assert different > 10


def test_other_options_under_one_name_are_one_sentence() -> None:
    study = optuna.create_study(sampler=RandomSampler(seed=0))
    suggest(study.ask(), Grammar("one", Chain((("sin(x)", "cos(x)"),))), prune=False)
    other = Grammar("other", Chain((("tanh(x)", "relu(x)"),)))
    with pytest.raises(JobError, match=r"cannot choose `0` of grammar `other`: .* another prefix"):
        suggest(study.ask(), other, prune=False)
    with pytest.raises(JobError, match=r"cannot choose `a.0` of grammar `other`"):
        suggest(FixedTrial({"0": "tanh(x)"}), other, "a.")


def test_a_grammar_may_be_an_object_and_an_unknown_one_is_named() -> None:
    trial = FixedTrial({"a.0": "sin(x)", "a.0.0": "2*x"})
    found = suggest(trial, Grammar("own", Chain((("sin(x)",), ("x", "2*x")))), "a.")
    assert canonical_text(found) == canonical_text(parse("sin(2*x)"))
    with pytest.raises(UnknownName, match="`extnded`"):
        suggest(trial, "extnded")
