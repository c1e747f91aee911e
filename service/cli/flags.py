"""Each field of `Job` as a flag of the command line: one schema, nothing said twice."""

import inspect
from collections.abc import Callable
from typing import Annotated, Any, TypeVar, get_args

import typer
from pydantic.fields import FieldInfo

from ...search import Job
from .completion import (
    complete_executor,
    complete_function,
    complete_grammar,
    complete_sampler,
    complete_task,
)

__all__ = ["with_job_flags"]

_Command = TypeVar("_Command", bound=Callable[..., None])

_COMPLETIONS = {
    "task": complete_task,
    "grammar": complete_grammar,
    "sampler": complete_sampler,
    "executor": complete_executor,
    "baselines": complete_function,
}


def with_job_flags(command: _Command) -> _Command:
    """`command(..., **fields)` gets a flag for each field of `Job`, None where it is not given.

    A field of several values may be given several times: `--baselines relu --baselines gelu`.
    """
    signature = inspect.signature(command, eval_str=True)
    own = [one for one in signature.parameters.values() if one.kind is not one.VAR_KEYWORD]
    command.__signature__ = signature.replace(parameters=[*own, *_flags()])  # type: ignore[attr-defined]
    return command


def _flags() -> list[inspect.Parameter]:
    flags: list[inspect.Parameter] = []
    for name, field in Job.model_fields.items():
        if field.json_schema_extra == {"flag": False}:
            continue
        kind, several = _kind(field.annotation)
        dashed = name.replace("_", "-")
        option = typer.Option(
            f"--{dashed}/--no-{dashed}" if kind is bool else f"--{dashed}",
            help=" ".join((field.description or "").split()),
            show_default=_default(field),
            autocompletion=_COMPLETIONS.get(name),
            rich_help_panel="The job",
        )
        flags.append(
            inspect.Parameter(
                name,
                inspect.Parameter.KEYWORD_ONLY,
                default=None,
                annotation=Annotated[(list[kind] if several else kind) | None, option],
            )
        )
    return flags


def _kind(annotation: Any) -> tuple[Any, bool]:
    """The type of one value, and whether there may be several."""
    options = [option for option in get_args(annotation) if option is not type(None)]
    kind = options[0] if options and type(None) in get_args(annotation) else annotation
    return (get_args(kind)[0], True) if getattr(kind, "__origin__", None) is tuple else (kind, False)


def _default(field: FieldInfo) -> str | bool:
    """What stands there without the flag; False where its help says so."""
    if field.is_required() or field.default is None:
        return False
    words = {True: "yes", False: "no"}
    return words[field.default] if isinstance(field.default, bool) else str(field.default)
