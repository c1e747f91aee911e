"""`Plan`: a job with every name looked up, and how the plan turns into lanes."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ..primitives import (
    ZOO,
    Baseline,
    Expr,
    Grammar,
    Lane,
    Proposal,
    Protocol,
    TaskInfo,
    UnknownName,
    canonical_text,
    grammar_text,
    is_grammar_file,
    key,
    known,
    parse,
)
from ..storage.offers import OWN
from .job import Job
from .samplers import load_sampler

__all__ = ["CONFIRM_SEED", "Candidate", "Plan", "as_baselines", "candidate", "make_plan"]

CONFIRM_SEED = 10_000
"""The first seed of confirmation; seeds of a search are smaller, so that the two never meet."""

SPARE = 3
"""So many more candidates than leaders are tuned: a search score ranks the best of them poorly."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An expression with what addresses its results."""

    key: str
    text: str
    """Canonical."""
    expr: Expr


def candidate(expr: Expr) -> Candidate:
    """The candidate of any expression; its `expr` is what its text says."""
    text = canonical_text(expr)
    return Candidate(key(expr), text, parse(text))


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one job will do on one version of its task."""

    job: Job
    id: str
    stream: str
    info: TaskInfo
    grammar: Grammar
    baselines: tuple[Baseline, ...]

    @property
    def search(self) -> Protocol:
        """How candidates are trained in the search."""
        return self.job.protocol(self.info.search)

    @property
    def tune(self) -> Protocol:
        """How points of the grid are compared: on validation, as long as in confirmation."""
        return replace(self.search, epochs=self.confirm.epochs)

    @property
    def confirm(self) -> Protocol:
        """How functions are trained for the board, with test metrics."""
        return self.job.protocol(self.info.confirm)

    @property
    def reference(self) -> Baseline:
        """The baseline that progress is measured against: relu where there is one."""
        return next((one for one in self.baselines if one.name == "relu"), self.baselines[0])

    @property
    def shortlisted(self) -> int:
        """How many candidates are tuned, of which the best are the leaders."""
        return self.job.leaders + SPARE

    @property
    def confirm_seeds(self) -> tuple[int, ...]:
        return tuple(CONFIRM_SEED + index for index in range(self.job.confirm_seeds))

    def search_lanes(self, one: "Candidate | Proposal") -> tuple[Lane, ...]:
        """What decides a candidate's score in the search: the default point, every search seed."""
        task, info = self.job.task, self.info
        return tuple(
            Lane(one.key, one.text, task, info.hash, self.search, info.default, seed)
            for seed in range(self.job.seeds)
        )


def make_plan(job: Job, info: TaskInfo, grammar: Grammar | None = None) -> Plan:
    """Looks up every name of the job; `grammar` stands in for the one that the job names.

    Raises `UnknownName` or `ExprError` before anything is stored or trained.
    """
    load_sampler(job.sampler)
    job.load_first()
    if grammar is not None:
        job = job.model_copy(update={"grammar": grammar.name, "grammar_text": None})
    elif job.grammar_text is None and is_grammar_file(job.grammar):
        job = job.model_copy(update={"grammar_text": grammar_text(job.grammar)})
    found = grammar or job.load_grammar()
    if job.executor != OWN:  # else it is found by whoever trains it
        from ..workers import absolute_name  # brings torch, which reading a plan does not need

        job = job.model_copy(update={"task": absolute_name(job.task)})
    return Plan(
        job=job,
        id=job.id(info.hash, found),
        stream=job.stream(info.hash, found),
        info=info,
        grammar=found,
        baselines=info.baselines if job.baselines is None else as_baselines(job.baselines, info),
    )


def as_baselines(names: Iterable[str], info: TaskInfo) -> tuple[Baseline, ...]:
    """Of each name, once: the task's baseline, else the zoo's function, else the expression itself.

    Raises `UnknownName` or `ExprError`.
    """
    return tuple(_as_baseline(name, info) for name in dict.fromkeys(names))


def _as_baseline(name: str, info: TaskInfo) -> Baseline:
    for baseline in info.baselines:
        if baseline.name == name:
            return baseline
    if name.isidentifier() and name != "x":
        return _from_zoo(name, info)
    parse(name)
    return Baseline(name=name, text=name)


def _from_zoo(name: str, info: TaskInfo) -> Baseline:
    try:
        row = known(name)
    except UnknownName:
        names = {baseline.name for baseline in info.baselines} | set(ZOO)
        raise UnknownName("baseline", name, names) from None
    own = "torch" if row.initialisation is None else row.name
    return Baseline(name=name, text=row.text, initialisation=own)
