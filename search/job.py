"""`Job`: one request for a search, the same from YAML, JSON, the command line, HTTP and Python."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..primitives import (
    NUMERICS,
    Expr,
    Grammar,
    JobError,
    Protocol,
    UnknownName,
    content_hash,
    key,
    load_grammar,
    parse,
    read_grammar,
)

__all__ = ["Job"]


class Job(BaseModel):
    """What to search for, where, how long, and how to prove it.

    Names (task, grammar, sampler, executor) are looked up when the job runs, so that a job can be
    read, shown and stored where torch is not installed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    task: str = Field(min_length=1)
    """Name of a task, `path/to/file.py:make_task`, or `package.module:make_task`."""
    grammar: str = "extended"
    """Name of the grammar that proposes, or a YAML file that describes one."""
    grammar_text: str | None = Field(default=None, json_schema_extra={"flag": False})
    """What that file says, kept so that the job goes on without it; it counts before the name."""
    sampler: str = "evolution"
    """Name of the sampler that chooses within the grammar."""
    trials: int = Field(default=160, ge=1)
    """How many different candidates to train; refused ones do not count."""
    seeds: int = Field(default=1, ge=1, le=1000)
    """How many seeds train each candidate in the search; the score is their mean."""
    epochs: int | None = Field(default=None, ge=1)
    """Epochs of each training in search and in confirmation; by default what the task says."""
    first: tuple[str, ...] | None = Field(default=None, min_length=1, max_length=1000)
    """Expressions or names of the zoo that are tried before any of the sampler's, which does not learn from
    them: it knows what it derived itself."""
    baselines: tuple[str, ...] | None = Field(default=None, min_length=1)
    """Names of the task's baselines, names of the zoo, or expressions; by default all of the task's."""
    leaders: int = Field(default=5, ge=1)
    """How many of the best candidates to confirm."""
    confirm_seeds: int = Field(default=10, ge=2)
    """How many fresh seeds confirm each function."""
    confirm: bool = True
    """Whether to confirm at all; without it the job only searches."""
    batch: int = Field(default=16, ge=1)
    """How many trained candidates one batch of proposals holds."""
    lag: int = Field(default=2, ge=1)
    """Batch n is proposed from the batches up to n - lag; more than 1 keeps the workers busy."""
    seed: int = Field(default=0, ge=0)
    """Another number, another search."""
    standardise: bool = True
    """Whether candidates get Gaussian mean 0 and deviation 1 at their initial parameter values."""
    stacked: bool | None = None
    """Whether lanes are trained together, as one population; by default what is measured to be faster."""
    fused: bool | None = None
    """Whether one kernel evaluates the activations of a population; by default where it is faster."""
    executor: str = "local"
    """Name of the pool that trains; `own`: programs of your own take the candidates."""
    workers: int | None = Field(default=None, ge=1)
    """How many processes train; by default one a core."""
    time_limit_s: float | None = Field(default=None, gt=0)
    """Seconds that one training may take."""
    wall_limit_s: float | None = Field(default=None, gt=0, allow_inf_nan=False)
    """Seconds that the job may run in all; then it is paused, and `resume` with a larger limit goes on."""
    memory_limit_mb: int | None = Field(default=None, ge=64)
    """Mebibytes of memory that one worker may take."""
    address: str | None = Field(default=None, min_length=1)
    """Of the Ray that trains: auto, local, host:6379, ray://host:10001; for executor `ray` alone."""
    cpus_per_worker: float = Field(default=1.0, gt=0)
    """Share of a Ray's processors that one worker takes; it trains in one thread all the same."""
    gpus_per_worker: float | None = Field(default=None, ge=0)
    """Share of a Ray's GPUs that one worker takes; by default one where there are any."""

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> "Job":
        """The job of these fields; `JobError` names the field, what came and what would do."""
        try:
            return cls.model_validate(dict(values))
        except ValidationError as error:
            faults = (_fault(fault, cls) for fault in error.errors(include_url=False))
            raise JobError("; ".join(faults)) from None

    @classmethod
    def from_yaml(cls, path: Path | str) -> "Job":
        """The job that a YAML file describes, one field a line."""
        try:
            text = Path(path).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise JobError(f"the job file `{path}` cannot be read: {_reason(error)}") from None
        try:
            values = yaml.safe_load(text)
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            raise JobError(f"the job file `{path}` is not YAML: {_reason(error)}") from None
        if not isinstance(values, dict):
            raise JobError(
                f"the job file `{path}` holds no fields; one line such as `task: digits-mlp` would do"
            )
        return cls.from_mapping({str(name): value for name, value in values.items()})

    def stream(self, task_hash: str, grammar: Grammar | None = None) -> str:
        """16 hex digits of all that decides which candidates are proposed, one after the other.

        Jobs that differ only in how long they search and what they confirm propose the same
        candidates in the same order, so that a longer job reuses what a shorter one trained.
        """
        chosen = self.model_dump(mode="json", include=_PROPOSES)
        if self.first is not None:
            chosen["first"] = list(dict.fromkeys(key(one) for one in self.load_first()))
        return content_hash([chosen, task_hash, _content(self, grammar), NUMERICS])

    def id(self, task_hash: str, grammar: Grammar | None = None) -> str:
        """12 hex digits of all that changes results: neither paths, names, machines nor limits do."""
        chosen = self.model_dump(mode="json", include=_ENDS)
        return content_hash([chosen, self.stream(task_hash, grammar)])[:12]

    def protocol(self, base: Protocol) -> Protocol:
        """How the job trains what its task trains by `base`: with what the job says of it."""
        return replace(
            base,
            standardise=self.standardise,
            epochs=base.epochs if self.epochs is None else self.epochs,
            stacked=base.stacked if self.stacked is None else self.stacked,
            fused=base.fused if self.fused is None else self.fused,
        )

    def load_first(self) -> tuple[Expr, ...]:
        """What is tried first. Raises `ExprError`."""
        return tuple(map(parse, self.first or ()))

    def load_grammar(self) -> Grammar:
        """The grammar that the job draws from. Raises `UnknownName`, and `ExprError` for a faulty file."""
        if self.grammar_text is not None:
            return read_grammar(self.grammar_text, self.grammar)
        return load_grammar(self.grammar)


_PROPOSES = {"sampler", "seeds", "epochs", "batch", "lag", "seed", "standardise", "stacked", "fused"}
_ENDS = {"trials", "baselines", "leaders", "confirm_seeds", "confirm"}


def _content(job: Job, grammar: Grammar | None) -> list[Any]:
    """What decides the proposals of the grammar; its name does not."""
    grammar = grammar or job.load_grammar()
    wanted = grammar.constraints.given
    return [
        type(grammar.shape).__name__,
        asdict(grammar.shape),
        grammar.pieces,
        *([wanted] if wanted else []),
    ]


def _fault(fault: Mapping[str, Any], model: type[BaseModel]) -> str:
    """One finding of pydantic as a clause: the field, what came, what would do."""
    name = str(fault["loc"][0]) if fault["loc"] else "job"
    match fault["type"]:
        case "extra_forbidden":
            return str(UnknownName("job field", name, model.model_fields))
        case "missing":
            return f"a job needs `{name}`: {_about(model, name)}"
        case _:
            wanted = str(fault["msg"]).removeprefix("Input should be ").removeprefix("Value should be ")
            return f"`{name}` should be {wanted}, not `{fault['input']}`: {_about(model, name)}"


def _about(model: type[BaseModel], name: str) -> str:
    about = model.model_fields[name].description or ""
    return about[:1].lower() + about[1:].removesuffix(".")


def _reason(error: Exception) -> str:
    return " ".join(str(getattr(error, "strerror", None) or error).split())
