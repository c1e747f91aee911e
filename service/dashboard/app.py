"""`create_dashboard`: the pages as an application of their own, whose errors are pages too."""

from typing import Any, final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from ...primitives import ActsearchError, StoreError, UnknownName
from ..http.access import Door
from ..http.kept import Open
from . import activation, assets, compare, jobs, leaderboard, new_job, playground, signing_in, zoo
from .rendering import render

__all__ = ["Beside", "create_dashboard"]

ROUTERS = (
    assets.router,
    leaderboard.router,
    activation.router,
    new_job.router,  # before `jobs`, whose `/jobs/{id}` would take its address
    jobs.router,
    compare.router,
    playground.router,
    zoo.router,
    signing_in.router,
)


def create_dashboard(kept: Open, door: Door) -> FastAPI:
    """On what the service keeps open."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state.kept, app.state.door = kept, door
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(ActsearchError, _understood)
    app.add_exception_handler(Exception, _unexpected)
    for router in ROUTERS:
        app.include_router(router, prefix=kept.settings.base_path)
    return app


@final
class Beside:
    """ASGI middleware: what is not asked of the API is asked of the dashboard."""

    def __init__(self, app: ASGIApp, dashboard: ASGIApp, api: str) -> None:
        self._app, self._dashboard, self._api = app, dashboard, api

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = scope["type"] != "http" or f"{scope['path']}/".startswith(self._api)
        await (self._app if asked else self._dashboard)(scope, receive, send)


def _refused(request: Request, error: Exception) -> HTMLResponse:
    assert isinstance(error, HTTPException)
    told: Any = error.detail
    said = str(told["detail"]) if isinstance(told, dict) else str(told)
    if error.status_code == 401:
        return render(request, "sign_in.html", status=401, sentence="", then=_place(request))
    return _page(request, error.status_code, "There is no such page." if error.status_code == 404 else said)


def _invalid(request: Request, error: Exception) -> HTMLResponse:
    assert isinstance(error, RequestValidationError)
    said = "; ".join(f"{fault['loc'][-1]}: {fault['msg']}" for fault in error.errors()[:5])
    return _page(request, 422, f"The address asks for what there is not: {said}.")


def _understood(request: Request, error: Exception) -> HTMLResponse:
    status = 404 if isinstance(error, UnknownName) else 503 if isinstance(error, StoreError) else 400
    return _page(request, status, str(error))


def _unexpected(request: Request, _error: Exception) -> HTMLResponse:
    return _page(request, 500, "The service met an error of its own; nothing that was stored is lost.")


def _place(request: Request) -> str:
    """Where to go on after signing in: a page, not a change that was asked for."""
    if request.method != "GET":
        return f"{request.app.state.kept.settings.base_path}/"
    return f"{request.url.path}?{request.url.query}"


def _page(request: Request, status: int, sentence: str) -> HTMLResponse:
    return render(request, "error.html", status=status, code=status, sentence=sentence)
