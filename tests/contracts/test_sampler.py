"""What every sampler keeps: valid proposals, exact repetition, and, if it learns, learning."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import optuna
import pytest

from actsearch.primitives import (
    GRAMMARS,
    Chain,
    Expr,
    Grammar,
    UnknownName,
    derive,
    pieces,
    replay,
    value,
)
from actsearch.search.samplers import SAMPLERS, make_sampler

FORMS = ("x", "sin(x)", "tanh(x)", "relu(x)", "x^2", "gauss(x)", "x + 0.5", "2*x", "-x", "erf(x)")

STAGES = Grammar("stages", Chain((FORMS, FORMS, FORMS, FORMS)))

LEARNERS = [name for name in SAMPLERS if name != "random"]


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    yield
    optuna.logging.set_verbosity(before)


def ask(study: optuna.Study, grammar: Grammar) -> tuple[optuna.Trial, Expr, dict[str, str]]:
    trial, choices = study.ask(), {}

    def choose(path: str, options: Sequence[str]) -> str:
        choices[path] = trial.suggest_categorical(path, options)
        return choices[path]

    return trial, derive(choose, grammar), choices


def searched(
    name: str, grammar: Grammar, trials: int, score: Callable[[Expr], float], seed: int = 0
) -> list[tuple[Expr, dict[str, str], float]]:
    """What a sampler asks and is told, one candidate after the other."""
    study = optuna.create_study(sampler=make_sampler(name, seed), direction="maximize")
    found: list[tuple[Expr, dict[str, str], float]] = []
    for _ in range(trials):
        trial, expr, choices = ask(study, grammar)
        found.append((expr, choices, score(expr)))
        study.tell(trial, found[-1][2])
    return found


GRID = np.linspace(-3.0, 3.0, 61)
TARGET = np.sin(2.0 * np.tanh(GRID) + 0.5) ** 2


def likeness(expr: Expr) -> float:
    """How well the function fits a target after the best affine map: R^2, 0 where that fails."""
    with np.errstate(all="ignore"):
        y = np.broadcast_to(value(expr, [GRID] * pieces(expr)), GRID.shape)
    if not np.isfinite(y).all() or y.std() < 1e-9 or np.abs(y).max() > 1e6:
        return 0.0
    return float(np.corrcoef(y, TARGET)[0, 1] ** 2)


@pytest.mark.parametrize("grammar", GRAMMARS.values(), ids=lambda grammar: grammar.name)
@pytest.mark.parametrize("name", SAMPLERS)
def test_proposals_are_derivations_of_the_grammar(name: str, grammar: Grammar) -> None:
    for expr, choices, _ in searched(name, grammar, 60, likeness):

        def unasked(path: str, options: Sequence[str]) -> str:
            raise AssertionError(f"`{path}` was never asked")

        assert derive(replay(choices, unasked), grammar) == expr


@pytest.mark.parametrize("name", SAMPLERS)
def test_the_same_study_and_seed_give_the_same_proposals(name: str) -> None:
    grammar = GRAMMARS["extended"]
    first, again = (searched(name, grammar, 45, likeness, seed=3) for _ in range(2))
    assert first == again
    other = searched(name, grammar, 45, likeness, seed=4)
    assert [choices for _, choices, _ in other] != [choices for _, choices, _ in first]


@pytest.mark.parametrize("name", SAMPLERS)
def test_a_refilled_study_is_the_same_study(name: str) -> None:
    """The sampler keeps nothing that its study does not tell."""
    grammar = GRAMMARS["extended"]
    study = optuna.create_study(sampler=make_sampler("random", 0), direction="maximize")
    for _ in range(40):
        trial, expr, _ = ask(study, grammar)
        study.tell(trial, likeness(expr))

    def proposals() -> list[dict[str, str]]:
        fresh = optuna.create_study(sampler=make_sampler(name, 11), direction="maximize")
        fresh.add_trials(study.trials)
        return [ask(fresh, grammar)[2] for _ in range(8)]

    assert proposals() == proposals()


@pytest.mark.parametrize("name", LEARNERS)
def test_it_learns(name: str) -> None:
    """Over ten seeds, later candidates are better than random ones, by far more than luck explains."""
    late, luck = (
        np.array(
            [
                np.mean([s for *_, s in searched(which, STAGES, 150, likeness, seed)[75:]])
                for seed in range(10)
            ]
        )
        for which in (name, "random")
    )
    error = np.hypot(late.std(ddof=1), luck.std(ddof=1)) / np.sqrt(10)
    assert late.mean() - luck.mean() > 4.0 * error


def test_an_unknown_sampler_is_named() -> None:
    with pytest.raises(UnknownName, match="`evolutoin`; known, nearest first: `evolution`"):
        make_sampler("evolutoin", 0)
