"""What there is: tasks, grammars, the zoo, operators; from the tables themselves."""

from typing import Annotated

from fastapi import APIRouter, Path

from ...primitives import GRAMMARS, load_grammar
from ...workers.names import TASK_NAMES
from ..listings import grammar_view, operator_views, zoo_views
from .access import Reader
from .function_models import GrammarView, OperatorView, Tasks, ZooView
from .kept import Kept
from .problems import PROBLEMS
from .views import task_view
from .visible import Meant

__all__ = ["router"]

router = APIRouter(tags=["listings"], responses=PROBLEMS(401, 403, 421, 422, 429, 503))


@router.get("/tasks")
def list_tasks(kept: Kept, caller: Reader, whose: Meant) -> Tasks:
    """What may be searched for, and every version of a task that jobs have asked for."""
    return Tasks(
        offered=list(TASK_NAMES),
        modules=list(kept.settings.modules),
        known=[task_view(info) for info in reversed(kept.store.tasks.of(None, whose))],
    )


@router.get("/grammars")
def list_grammars(caller: Reader) -> list[GrammarView]:
    """The spaces of expressions that a search may draw from."""
    return [grammar_view(one) for one in GRAMMARS.values()]


@router.get("/grammars/{name}", responses=PROBLEMS(404))
def show_grammar(
    name: Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,100}$")], caller: Reader
) -> GrammarView:
    """One of them."""
    return grammar_view(load_grammar(name))


@router.get("/zoo")
def list_zoo(caller: Reader) -> list[ZooView]:
    """The activations that people know."""
    return zoo_views()


@router.get("/operators")
def list_operators(caller: Reader) -> list[OperatorView]:
    """What expressions are made of."""
    return operator_views()
