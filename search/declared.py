"""`Declared`: a task that nobody but its owner can train, in the few lines that a search has to know.

    name: my-loop
    score: accuracy
    chance: 0.1
    default: {lr: 0.01}
    grid: [{lr: 0.003}, {lr: 0.01}, {lr: 0.03}]
    baselines: [relu, gelu, swish]
    epochs: 5

Its loop asks for candidates, trains each as it likes with the settings of the point, and tells the score.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

import yaml
from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

from ..primitives import (
    Baseline,
    Protocol,
    TaskError,
    TaskInfo,
    content_hash,
    known,
    parse,
    pieces,
    point,
)
from ..storage.offers import OWN

__all__ = ["Declared", "is_declared"]

_ENDINGS = (".yaml", ".yml", ".json")

Function: TypeAlias = Annotated[str, Field(max_length=1000)]
Settings: TypeAlias = Annotated[dict[str, FiniteFloat], Field(max_length=16)]


def is_declared(task: str) -> bool:
    """Whether the name of a task is that of a file that declares one."""
    return task.endswith(_ENDINGS)


class Declared(BaseModel):
    """Two declarations that say the same but for `title` and `description` are the same task."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")
    """What boards call it."""
    title: str = Field(default="", max_length=500)
    description: str = Field(default="", max_length=5000)
    score: str = Field(max_length=100)
    """What the score is, as the head of a column: `accuracy`, `-loss`. Larger is better."""
    unit: str = Field(default="", max_length=20)
    chance: FiniteFloat
    """The score of a candidate that diverges or fails: that of a guess."""
    default: Settings = Field(default_factory=dict[str, float])
    """What a search trains with, such as `{lr: 0.01}`: settings that the loop gets with each candidate."""
    grid: Annotated[tuple[Settings, ...], Field(min_length=1, max_length=64)] | None = None
    """What confirmation tries for each function on validation; by default `default` alone."""
    baselines: Annotated[tuple[Function, ...], Field(min_length=1, max_length=64)]
    """Names of the zoo, or expressions."""
    epochs: int = Field(ge=1, le=1_000_000)
    """Of a training in the search."""
    confirm_epochs: int | None = Field(default=None, ge=1, le=1_000_000)
    """Of one in confirmation; by default the same."""
    max_pieces: int = Field(default=1, ge=1, le=8)
    """How many pieces of a wider layer a candidate may take."""
    derivatives: Literal[1, 2, 3, 4] = 1
    """How many derivatives of the activation the loop takes; a PDE loss takes more than one."""
    version: int = Field(default=1, ge=0)
    """To be raised where the loop changes, so that old scores are not taken for new ones."""

    @classmethod
    def from_file(cls, path: Path | str) -> "Declared":
        """Raises `TaskError`, which names the field, what came and what would do."""
        try:
            text = Path(path).expanduser().read_text(encoding="utf-8")
            values = json.loads(text) if str(path).endswith(".json") else yaml.safe_load(text)
        except OSError as error:
            raise TaskError(f"the task file `{path}` cannot be read: {error.strerror or error}") from None
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            reason = " ".join(str(error).split())
            raise TaskError(f"the task file `{path}` is neither YAML nor JSON: {reason}") from None
        if not isinstance(values, Mapping):
            raise TaskError(f"the task file `{path}` holds no fields; one line such as `epochs: 5` would do")
        try:
            return cls.model_validate(dict(values))
        except ValidationError as error:
            raise TaskError(f"the task file `{path}`: {_faults(error)}") from None

    def info(self) -> TaskInfo:
        """Raises `TaskError` for a grid of other settings than the default's, and for a baseline that takes
        more pieces than there are; `UnknownName` or `ExprError` for one that is none."""
        grid = (self.default,) if self.grid is None else self.grid
        for one in grid:
            if set(one) != set(self.default):
                raise TaskError(
                    f"a point of `grid` names {sorted(one)}, and `default` names {sorted(self.default)}; all "
                    "name the same settings"
                )
        common: dict[str, Any] = {
            "batch": 0,
            "optimiser": OWN,
            "schedule": OWN,
            "derivatives": self.derivatives,
        }
        content = self.model_dump(mode="json", exclude={"title", "description"})
        return TaskInfo(
            name=self.name,
            hash=content_hash({"declared": content}),
            title=self.title or self.name,
            description=self.description,
            score=self.score,
            unit=self.unit,
            chance=self.chance,
            default=point(**self.default),
            grid=tuple(point(**one) for one in grid),
            baselines=tuple(map(self._baseline, dict.fromkeys(self.baselines))),
            search=Protocol(epochs=self.epochs, **common),
            confirm=Protocol(phase="confirm", epochs=self.confirm_epochs or self.epochs, **common),
            max_pieces=self.max_pieces,
            matched=OWN,
        )

    def _baseline(self, name: str) -> Baseline:
        text = known(name).text if name.isidentifier() and name != "x" else name
        if pieces(parse(text)) > self.max_pieces:
            raise TaskError(
                f"the baseline `{name}` takes {pieces(parse(text))} pieces, and `max_pieces` is "
                f"{self.max_pieces}; raise that, or leave it out"
            )
        return Baseline(name=name, text=text)


def _faults(error: ValidationError) -> str:
    """One clause a field."""
    said: list[str] = []
    for fault in error.errors(include_url=False):
        field = ".".join(str(part) for part in fault["loc"]) or "it"
        said.append(f"`{field}`: {fault['msg'][:1].lower()}{fault['msg'][1:]}")
    return "; ".join(said)
