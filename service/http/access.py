"""Who asks, and what that one may: a token as `Authorization: Bearer act_...`, or nobody needs one yet."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, TypeAlias, final

from anyio.to_thread import run_sync
from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from ...storage.tokens import SCOPES, Scope, Tokens
from .problems import refusal

__all__ = ["Caller", "Door", "Reader", "Submitter"]

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
    """Who asks: the id of the token, empty where none is needed, and what it may."""

    token: str
    scope: Scope

    def may(self, scope: Scope) -> bool:
        return SCOPES.index(self.scope) >= SCOPES.index(scope)


@final
class Door:
    """Whether a token is needed: always where the service is `secured`, else once one was ever made."""

    def __init__(self, tokens: Tokens, *, secured: bool) -> None:
        self.tokens, self._closed, self._looked = tokens, secured, float("-inf")

    async def is_open(self) -> bool:
        """Looked up at most once a second while it is open; what is closed stays closed."""
        if not self._closed and time.monotonic() - self._looked > _LOOKED_S:
            self._closed = await run_sync(self.tokens.any)
            self._looked = time.monotonic()
        return not self._closed


def _needs(scope: Scope) -> Callable[..., object]:
    async def caller(
        request: Request, shown: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)]
    ) -> Caller:
        door: Door = request.app.state.door
        if shown is None:
            if await door.is_open():
                return Caller("", "admin")
            raise refusal(401, "no token was shown; send `Authorization: Bearer act_...`", headers=_CHALLENGE)
        found = await run_sync(door.tokens.find, shown.credentials)
        if found is None or found.state != "valid":
            word = "unknown" if found is None else found.state
            raise refusal(401, f"the token is {word}; show a valid one", headers=_CHALLENGE)
        caller = Caller(found.id, found.scope)
        if not caller.may(scope):
            raise refusal(
                403,
                f"the token `{found.name}` has scope `{found.scope}`, and this needs `{scope}` "
                f"(to {_MEANING[scope]})",
            )
        return caller

    return caller


_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="actsearch"'}

Reader: TypeAlias = Annotated[Caller, Depends(_needs("read"))]
Submitter: TypeAlias = Annotated[Caller, Depends(_needs("submit"))]
