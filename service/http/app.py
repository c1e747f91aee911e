"""`create_app`: the service as an ASGI application."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi

from ...storage import open_store
from ...storage.tokens import Tokens
from ..dashboard.app import Beside, create_dashboard
from . import boards, events, exports, functions, health, jobs, listings, tokens, work
from .access import Door
from .events import Streams
from .guard import Guard
from .kept import keep
from .models import Problem
from .problems import handle_problems
from .settings import Settings

__all__ = ["create_app"]

ROUTERS = (
    health.router,
    jobs.router,
    events.router,
    boards.router,
    functions.router,
    exports.router,
    listings.router,
    tokens.router,
    work.router,
)

_ABOUT = (
    "Finds activation functions for a model and data, and proves whether they are better than those people "
    "use. Errors are problem+json (RFC 9457) with the field and the allowed values. Lists come in pages: "
    "give `next` as `after`. Numbers that are not finite are null."
)


def create_app(settings: Settings) -> FastAPI:
    """The service on the database of `settings.home`, which is opened, and upgraded, here.

    Raises `StoreError` where that cannot be. The application closes the database as it ends.
    """
    store = open_store(settings.home)

    @asynccontextmanager
    async def open_until_the_end(_app: FastAPI) -> AsyncGenerator[None]:
        yield
        store.close()

    app = FastAPI(
        title="actsearch",
        version=version("actsearch"),
        description=_ABOUT,
        lifespan=open_until_the_end,
        openapi_url=None,  # by a route of its own, below
        docs_url=None,  # they load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.door = door = Door(Tokens(store.database), secured=settings.secured, proxy=settings.proxy)
    app.state.kept = kept = keep(settings, store)
    app.state.streams = Streams(settings.streams)
    app.add_middleware(Beside, dashboard=create_dashboard(kept, door), api=f"{settings.base_path}/api/")
    app.add_middleware(Guard, settings=settings, is_open=door.is_open)
    handle_problems(app)
    for router in ROUTERS:
        app.include_router(router, prefix=settings.root)
    app.include_router(_document(app), prefix=settings.root)
    return app


def _document(app: FastAPI) -> APIRouter:
    """The route that describes all others; made once, when it is first asked for."""
    router = APIRouter()
    made: list[dict[str, Any]] = []

    @router.get("/openapi.json", include_in_schema=False)
    def openapi() -> dict[str, Any]:
        if not made:
            made.append(_described(app))
        return made[0]

    return router


def _described(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title,
        version=app.version,
        openapi_version="3.1.0",
        description=app.description,
        routes=app.routes,
        separate_input_output_schemas=False,
    )
    schemas = document["components"]["schemas"]
    problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= problem.pop("$defs")
    schemas["Problem"] = problem
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    return document
