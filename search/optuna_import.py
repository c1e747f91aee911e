"""A study of Optuna as claims: which functions it tried, and what it says of each.

    a job that actsearch wrote    text, key, outcome, choices and place of each proposal, as they were told
    a study of anybody's          the expression in a user attribute or a parameter, and the trial's value

What it says was trained elsewhere, by nobody knows which protocol: it is kept as a claim, see
`storage/imported.py`, and never as an evaluation.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import optuna
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from ..primitives import ActsearchError, JobError, Outcome, UnknownName, canonical_text, key, parse
from ..storage import Store
from ..storage.imported import Claim
from .optuna_target import open_source, quiet, target_name

__all__ = ["ReadStudy", "read_study"]

_LONGEST = 4000
"""Characters of an expression that is taken from elsewhere."""

_OUTCOMES: Mapping[TrialState, Outcome] = {
    TrialState.COMPLETE: Outcome.OK,
    TrialState.PRUNED: Outcome.PRUNED,
    TrialState.FAIL: Outcome.BROKEN,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadStudy:
    """What was read of a study, and what is stored of it now."""

    study: str
    """What it is called here."""
    source: str
    job: str
    """The job that was written as this study; empty where another program made it."""
    trials: int
    """Trials that have ended."""
    kept: int
    """Of these, how many say something of a function."""
    added: int
    """Of these, how many were not here before."""
    left_out: Mapping[str, int]
    """Why the others do not: how many for each reason."""
    best: tuple[Claim, ...]
    """Different functions, the best claimed value first."""


def read_study(
    store: Store,
    target: str,
    name: str | None = None,
    *,
    called: str | None = None,
    attribute: str = "text",
    objective: int = 0,
) -> ReadStudy:
    """Reads a study and stores what it claims; read again, it adds what is new.

    `target` is where the study is: an SQLite file, a database URL, or a journal (`study.log`), of which
    nothing is changed. `name` is the study's own, needed where there are several; `called` what it is to
    be called here. The expression of a trial is its user attribute `attribute`, or else its parameter of
    that name; its value the one of `objective`. Raises `StoreError` for what is no storage of Optuna's,
    `UnknownName` for a study or an objective that it does not hold, `JobError` where the name is taken here.
    """
    with quiet(), open_source(target) as storage:
        names = optuna.get_all_study_names(storage)
        chosen = name if name is not None or len(names) != 1 else names[0]
        if chosen not in names:
            raise UnknownName(f"study in `{target_name(target)}`", chosen or "", names)
        study = optuna.load_study(study_name=chosen, storage=storage)
        if not 0 <= objective < len(study.directions):
            known = [str(number) for number in range(len(study.directions))]
            raise UnknownName(f"objective of study `{chosen}`", str(objective), known)
        maximise = study.directions[objective] is StudyDirection.MAXIMIZE
        job = study.user_attrs.get("job")
        ended = [trial for trial in study.get_trials(deepcopy=False) if trial.state in _OUTCOMES]
    told: dict[str, Any] = {
        "study": called or chosen,
        "source": target_name(target),
        "maximise": maximise,
        "job_id": job if isinstance(job, str) else "",
    }
    left_out: Counter[str] = Counter()
    claims: list[Claim] = []
    for trial in ended:
        try:
            claims.append(_claim(trial, told, attribute, objective))
        except ActsearchError as error:
            left_out[str(error).splitlines()[0]] += 1
    return ReadStudy(
        study=told["study"],
        source=told["source"],
        job=told["job_id"],
        trials=len(ended),
        kept=len(claims),
        added=store.claims.add(claims),
        left_out=dict(left_out.most_common(20)),
        best=tuple(_best(claims)),
    )


def _claim(trial: FrozenTrial, told: Mapping[str, Any], attribute: str, objective: int) -> Claim:
    """Raises `ActsearchError` where the trial says nothing of a function."""
    attributes = trial.user_attrs
    ours = bool(told["job_id"])
    found = attributes.get("text" if ours else attribute, trial.params.get(attribute))
    if not isinstance(found, str) or not found.strip():
        raise JobError(f"no expression in its user attribute or parameter `{attribute}`")
    if len(found) > _LONGEST:
        raise JobError(f"an expression of more than {_LONGEST} characters")
    text = canonical_text(parse(found))
    value = (
        trial.values[objective] if trial.values is not None and trial.state is TrialState.COMPLETE else None
    )
    if value is not None and math.isnan(value):
        raise JobError("a value that is not a number")
    if value is None and not ours:
        raise JobError("no value: it was pruned, or it failed")
    if not ours:
        return Claim(
            **told, number=trial.number, key=key(parse(text)), text=text, choices={},
            outcome=_OUTCOMES[trial.state], sentence="", value=value,
        )  # fmt: skip
    if attributes.get("key") != key(parse(text)):
        raise JobError("a key that is not that of its text: the study was changed")
    score = attributes.get("told")
    if value is not None and score != value:
        raise JobError("a score that is not its value: the study was changed")
    if isinstance(score, bool) or not isinstance(score, int | float | None):
        raise JobError("a score that is not a number")
    return Claim(
        **told,
        number=trial.number,
        key=key(parse(text)),
        text=text,
        choices={path: answer for path, answer in trial.params.items() if isinstance(answer, str)},
        outcome=_outcome(attributes.get("outcome"), trial.state),
        sentence=str(attributes.get("sentence", ""))[:_LONGEST],
        value=None if score is None else float(score),
        place=str(attributes.get("place", ""))[:40],
    )


def _outcome(told: Any, state: TrialState) -> Outcome:
    return Outcome(told) if told in set(map(str, Outcome)) else _OUTCOMES[state]


def _best(claims: list[Claim]) -> Iterator[Claim]:
    """Each function that came through, once; infinite values claim nothing."""
    known = [
        one
        for one in claims
        if one.outcome is Outcome.OK and one.value is not None and math.isfinite(one.value)
    ]
    known.sort(key=lambda one: (-one.value if one.maximise else one.value or 0.0, one.number))  # pyright: ignore[reportOptionalOperand]
    seen: set[str] = set()
    for one in known:
        if one.key not in seen:
            seen.add(one.key)
            yield one
