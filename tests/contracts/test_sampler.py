"""What every sampler keeps: valid proposals, exact repetition, and, if it learns, learning."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from actsearch.primitives import (
    GRAMMARS,
    Chain,
    Expr,
    Grammar,
    Outcome,
    Proposal,
    UnknownName,
    derive,
    format,
    pieces,
    replay,
    value,
)
from actsearch.search.samplers import SAMPLERS, History, load_sampler

FORMS = ("x", "sin(x)", "tanh(x)", "relu(x)", "x^2", "gauss(x)", "x + 0.5", "2*x", "-x", "erf(x)")

STAGES = Grammar("stages", Chain((FORMS, FORMS, FORMS, FORMS)))

LEARNERS = [name for name, row in SAMPLERS.items() if row.learns]


def searched(
    name: str,
    grammar: Grammar,
    trials: int,
    score: Callable[[Expr], float],
    seed: int = 0,
    batch: int = 5,
) -> list[tuple[Expr, Proposal]]:
    """What a sampler proposes, batch after batch, told all that came before."""
    found: list[tuple[Expr, Proposal]] = []
    while len(found) < trials:
        number, wanted = len(found) // batch, min(batch, trials - len(found))
        told = [proposal for _, proposal in found]
        history = History(
            grammar=grammar,
            wanted=wanted,
            seed=1000 * seed + number,
            told=told,
            last=told[-1].choices if told else None,
        )
        offered = list(islice(SAMPLERS[name].propose(history), wanted))
        for index, (choices, expr) in enumerate(offered):
            text = format(expr)
            one = Proposal(batch=number, index=index, key=text, text=text, choices=dict(choices))
            found.append((expr, replace(one, outcome=Outcome.OK, score=score(expr))))
        if len(offered) < wanted:
            break
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
    found = searched(name, grammar, 60, likeness)
    assert len(found) == 60
    for expr, proposal in found:

        def unasked(path: str, options: Sequence[str]) -> str:
            raise AssertionError(f"`{path}` was never asked")

        assert derive(replay(proposal.choices, unasked), grammar) == expr


@pytest.mark.parametrize("name", SAMPLERS)
def test_the_same_history_gives_the_same_proposals(name: str) -> None:
    grammar = GRAMMARS["extended"]
    first, again = (searched(name, grammar, 45, likeness, seed=3) for _ in range(2))
    assert first == again


@pytest.mark.parametrize("name", sorted(set(SAMPLERS) - {"exhaustive"}))
def test_another_seed_gives_other_proposals(name: str) -> None:
    first, other = (searched(name, GRAMMARS["extended"], 45, likeness, seed=seed) for seed in (3, 4))
    assert [one.choices for _, one in first] != [one.choices for _, one in other]


@pytest.mark.parametrize("name", SAMPLERS)
def test_a_sampler_keeps_nothing_that_its_history_does_not_tell(name: str) -> None:
    """Neither what it remembers between batches nor that it was asked before changes a batch."""
    grammar = GRAMMARS["extended"]
    told = [proposal for _, proposal in searched("random", grammar, 45, likeness)]
    history = History(grammar=grammar, wanted=8, seed=11, told=told, last=told[-1].choices)
    fresh = list(islice(SAMPLERS[name].propose(history), 8))
    assert list(islice(SAMPLERS[name].propose(history), 8)) == fresh
    used = replace(history, memory={})
    assert used.memory is not history.memory
    assert list(islice(SAMPLERS[name].propose(used), 8)) == fresh


@pytest.mark.parametrize("name", SAMPLERS)
def test_a_sampler_comes_to_an_end_and_says_why(name: str) -> None:
    """However few functions a grammar has, a batch is not asked for ever."""
    tiny = Grammar("tiny", Chain((("x", "sin(x)"),)))
    history = History(grammar=tiny, wanted=2, seed=0)
    offered = list(SAMPLERS[name].propose(history))
    assert {format(expr) for _, expr in offered} == {"x", "sin(x)"}
    said = SAMPLERS[name].dry(replace(history, last=offered[-1][0]))
    assert said
    assert said == said.strip(". ")


@pytest.mark.parametrize("name", LEARNERS)
def test_it_learns(name: str) -> None:
    """Over ten seeds, later candidates are better than random ones, by far more than luck explains."""
    late, luck = (
        np.array(
            [
                np.mean([one.score or 0.0 for _, one in searched(which, STAGES, 150, likeness, seed)[75:]])
                for seed in range(10)
            ]
        )
        for which in (name, "random")
    )
    error = np.hypot(late.std(ddof=1), luck.std(ddof=1)) / np.sqrt(10)
    assert late.mean() - luck.mean() > 4.0 * error


def test_an_unknown_sampler_is_named() -> None:
    with pytest.raises(UnknownName, match="`evolutoin`; known, nearest first: `evolution`"):
        load_sampler("evolutoin")
