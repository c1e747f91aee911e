"""Signing in: a token, shown once, stays in a cookie that no script and no other site gets."""

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from ..http.access import COOKIE, Door
from ..http.kept import Kept
from .forms import Fields
from .rendering import render

__all__ = ["router"]

router = APIRouter()


@router.get("/sign-in")
def form(request: Request, kept: Kept) -> Response:
    """Where a person shows a token."""
    return render(request, "sign_in.html", sentence="", then=f"{kept.settings.base_path}/")


@router.post("/sign-in")
async def sign_in(request: Request, kept: Kept, fields: Fields) -> Response:
    """Back to where the person wanted to go; a token that opens nothing is not kept."""
    door: Door = request.app.state.door
    base = f"{kept.settings.base_path}/"
    then = fields.get("then", base)
    if not then.startswith(base) or then.startswith("//") or "\\" in then:  # to another site
        then = base
    text = fields.get("token", "")
    found = await run_sync(door.tokens.find, text)
    if found is None or found.state != "valid":
        word = "not known" if found is None else found.state
        return render(request, "sign_in.html", status=401, sentence=f"This token is {word}.", then=then)
    answer = RedirectResponse(then, 303)
    forwarded = request.headers.get("x-forwarded-proto", "")
    answer.set_cookie(
        COOKIE,
        text,
        path=base,
        httponly=True,
        samesite="strict",
        secure="https" in (request.url.scheme, forwarded),
    )
    return answer


@router.post("/sign-out")
def sign_out(kept: Kept) -> Response:
    """The browser forgets the token; the token itself goes on."""
    base = f"{kept.settings.base_path}/"
    answer = RedirectResponse(base, 303)
    answer.delete_cookie(COOKIE, path=base, httponly=True, samesite="strict")
    return answer
