"""The page of a job: its fields, what may come of a candidate, and why one is refused."""

from typing import Any

from actsearch.primitives import Limits, Outcome, parse, screen
from actsearch.primitives.screen import REASONS
from actsearch.search import Job

from .markdown import code, default, field_words, heading, kind, page, prose, table

__all__ = ["job"]

_EXAMPLES = {
    "too complex": ("x + p(1.0)*sin(x) + p(1.0)*cos(x)", Limits(params=1)),
    "not smooth enough": ("relu(x)", Limits(derivatives=2)),
    "not finite": ("1/x", Limits()),
    "overflows float32": ("log_abs(exp(x^3))*tanh(x)", Limits()),
    "constant": ("sin(x)^2 + cos(x)^2", Limits()),
    "affine": ("x + 0.001*sin(x)", Limits()),
    "slope explodes": ("tanh(2000*x)", Limits()),
    "slope vanishes": ("step(x)", Limits()),
}
"""For each reason of the screen a function that is refused for it."""


def job() -> str:
    """What may be asked for, and what may come of it."""
    return page(
        "Jobs",
        prose(Job.__doc__),
        "A job is a YAML file with one field a line (`actsearch search job.yaml`), flags of `actsearch "
        "search` (`--confirm-seeds 5`), or `Job(confirm_seeds=5)` in Python. The same job again goes on "
        "where it was stopped; names are looked up when it runs.",
        table(("field", "type", "default", "meaning"), map(_field, Job.model_fields.items())),
        heading("What comes of a candidate"),
        prose(Outcome.__doc__),
        table(
            ("outcome", "answers later requests", "meaning"),
            (
                (code(outcome.value), "yes" if outcome.answers else "no", _OUTCOMES.get(outcome.name) or _OK)
                for outcome in Outcome
            ),
        ),
        heading("Why a candidate is refused"),
        "Before anything is trained, each candidate is screened; the first reason that applies is told.",
        table(("reason", "for instance", "what is said"), map(_reason, (reason.name for reason in REASONS))),
        heading("What is still accepted"),
        table(
            ("limit", "default", "meaning"),
            (
                (code(name), default(getattr(Limits(), name)), words)
                for name, words in (dict.fromkeys(_LIMITS, "") | field_words(Limits)).items()
            ),
        ),
        "A grammar may ask for more: see [its constraints](grammars.md#constraints).",
    )


_OUTCOMES = field_words(Outcome)
_OK = "Trained to the end."
_LIMITS = Limits.__dataclass_fields__


def _field(named: tuple[str, Any]) -> tuple[str, ...]:
    name, field = named
    limits = ", ".join(filter(None, map(_limit, field.metadata)))
    wanted = f"{kind(field.annotation)}{f', {limits}' if limits else ''}"
    start = "required" if field.is_required() else _value(field.default)
    return code(name), wanted, start, " ".join((field.description or "").split())


def _limit(mark: Any) -> str:
    words = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
    for name, said in words.items():
        if getattr(mark, name, None) is not None:
            return f"{said} {getattr(mark, name)}"
    return "not empty" if getattr(mark, "min_length", None) else ""


def _value(value: Any) -> str:
    return "-" if value is None else code(str(value).lower() if isinstance(value, bool) else str(value))


def _reason(name: str) -> tuple[str, ...]:
    """With a function that the screen refuses for it; raises where it does not."""
    text, limit = _EXAMPLES[name]
    found = screen(parse(text), limit=limit)
    if found.reason != name:
        raise LookupError(f"the example `{text}` of `{name}` is refused as `{found.reason}`")
    return name, code(text), found.sentence.removeprefix(f"{name}: ").replace("*", r"\*")
