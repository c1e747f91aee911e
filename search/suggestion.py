"""`suggest`: a candidate inside a study of Optuna that is somebody's own."""

from collections.abc import Sequence

import optuna
from optuna.trial import BaseTrial

from ..primitives import Expr, Grammar, JobError, Outcome, broken, derive, load_grammar, screen
from .plan import candidate

__all__ = ["suggest"]


def suggest(
    trial: BaseTrial, grammar: str | Grammar = "extended", prefix: str = "", *, prune: bool = True
) -> Expr:
    """An expression of the grammar, each choice a categorical parameter `PREFIX + PATH` of the trial.

    In an objective, `module(suggest(trial))` is the activation; the sampler learns from the value of
    the trial what to choose. The canonical text is kept as user attribute `PREFIX + "text"`. Two
    expressions in one trial need two prefixes. `suggest(study.best_trial, ...)` with the same grammar
    and prefix gives the same expression again, and so does a `FixedTrial` of its parameters.

    With `prune`, what `screen` refuses (not finite, constant, too steep, ...) and what breaks a
    constraint of the grammar raises `optuna.TrialPruned` with the reason, before anything is trained.
    `grammar` is a name, a path to a YAML file, or the grammar itself. Raises `UnknownName` for a name
    that is not known, `JobError` where the study or the trial has something else under these names.
    """
    drawn = load_grammar(grammar) if isinstance(grammar, str) else grammar

    def choose(path: str, options: Sequence[str]) -> str:
        name = prefix + path
        try:
            return str(trial.suggest_categorical(name, options))
        except ValueError as error:
            reason = " ".join(str(error).split()).rstrip(".")
            raise JobError(
                f"the trial cannot choose `{name}` of grammar `{drawn.name}`: {reason}; in one study a "
                "name has the same options always, so give another prefix, or another study"
            ) from error

    one = candidate(derive(choose, drawn))
    trial.set_user_attr(f"{prefix}text", one.text)
    if prune:
        reason = _refusal(one.expr, drawn)
        if reason is not None:
            raise optuna.TrialPruned(f"`{one.text}` is refused: {reason}")
    return one.expr


def _refusal(expr: Expr, grammar: Grammar) -> str | None:
    """Why it is not worth training, None where it is."""
    screening = screen(expr)
    return screening.sentence if screening.outcome is not Outcome.OK else broken(expr, grammar.constraints)
