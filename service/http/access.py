"""Who asks, and what that one may: a token as `Authorization: Bearer act_...`, a user whom a trusted proxy
names, or nobody needs either yet."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, TypeAlias, final

from anyio.to_thread import run_sync
from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from ...storage.projects import Whose
from ...storage.tokens import SCOPES, Scope, Tokens, share_of
from .problems import refusal
from .proxy import Proxy

__all__ = ["COOKIE", "NAMED", "Admin", "Caller", "Door", "Reader", "Submitter"]

COOKIE = "actsearch-token"
"""In which a browser that signed in shows its token; it goes with no request that another site makes."""

NAMED = "actsearch.user"
"""Where the scope of a request holds the user whom the proxy named; see `Guard`."""

_LOOKED_S = 1.0

_BEARER = HTTPBearer(
    auto_error=False,
    scheme_name="token",
    description="Made by `actsearch token create`. Where none was ever made, and the service is bound to its "
    "own machine alone, none is needed.",
)

_MEANING = {"read": "look", "submit": "submit jobs and change its own", "admin": "change everything"}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: the id of the token, empty where none is needed, or the share of a user; and what it may."""

    token: str
    scope: Scope
    name: str = ""
    project: str | None = None
    """Whose jobs alone it sees; those of all projects where it is None."""

    def may(self, scope: Scope) -> bool:
        return SCOPES.index(self.scope) >= SCOPES.index(scope)

    @property
    def sees(self) -> Whose:
        """The jobs that it sees: all else is as if it were not there."""
        return Whose(project=self.project)


@final
class Door:
    """Whether a token is needed: always where the service is `secured` or a proxy names users, else once one
    was ever made."""

    def __init__(self, tokens: Tokens, *, secured: bool, proxy: Proxy | None = None) -> None:
        self.tokens, self.proxy = tokens, proxy
        self._closed, self._looked = secured or proxy is not None, float("-inf")

    async def is_open(self) -> bool:
        """Looked up at most once a second while it is open; what is closed stays closed."""
        if not self._closed and time.monotonic() - self._looked > _LOOKED_S:
            self._closed = await run_sync(self.tokens.any)
            self._looked = time.monotonic()
        return not self._closed


async def _found(
    request: Request, shown: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
) -> Caller:
    """Who asks. A token that is shown counts before a user that is named."""
    door: Door = request.app.state.door
    token = request.cookies.get(COOKIE) if shown is None else shown.credentials
    if token is not None:
        found = await run_sync(door.tokens.find, token)
        if found is None or found.state != "valid":
            word = "unknown" if found is None else found.state
            raise refusal(401, f"the token is {word}; show a valid one", headers=_CHALLENGE)
        return Caller(found.id, found.scope, found.name, found.project)
    user: str | None = request.scope.get(NAMED)
    if user is not None and door.proxy is not None:
        return Caller(share_of(user), door.proxy.scope_of(user), user)
    if await door.is_open():
        return Caller("", "admin")
    raise refusal(401, "no token was shown; send `Authorization: Bearer act_...`", headers=_CHALLENGE)


def _needs(scope: Scope) -> Callable[..., object]:
    def caller(found: Annotated[Caller, Depends(_found)]) -> Caller:
        if not found.may(scope):
            kind = "user" if found.token == share_of(found.name) else "token"
            raise refusal(
                403,
                f"the {kind} `{found.name}` has scope `{found.scope}`, and this needs `{scope}` "
                f"(to {_MEANING[scope]})",
            )
        return found

    return caller


_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="actsearch"'}

Reader: TypeAlias = Annotated[Caller, Depends(_needs("read"))]
Submitter: TypeAlias = Annotated[Caller, Depends(_needs("submit"))]
Admin: TypeAlias = Annotated[Caller, Depends(_needs("admin"))]
