"""What travels over HTTP of tokens and their quotas."""

from datetime import datetime
from typing import Literal, TypeAlias

from pydantic import Field

from ...storage.projects import PROJECT
from .models import Asked, Model

__all__ = ["QuotaChange", "QuotaView", "TokenMade", "TokenRequest", "TokenScope", "TokenView"]

TokenScope: TypeAlias = Literal["read", "submit", "admin"]

_MOST = 2**31 - 1


class TokenRequest(Asked):
    """A token that is to be made."""

    name: str = Field(min_length=1, max_length=100)
    """Whose it is, in one line."""
    scope: TokenScope = "submit"
    """Look; submit jobs too, and change one's own; change everything."""
    project: str | None = Field(default=None, pattern=f"^{PROJECT}$")
    """Whose jobs and boards alone it sees; those of all projects by default, and with scope `admin`."""
    days: float | None = Field(default=None, gt=0, le=100_000)
    """Until it expires; never by default."""


class TokenView(Model):
    """What is known of a token; not the token itself."""

    id: str
    name: str
    scope: TokenScope
    project: str | None
    created: datetime
    expires: datetime | None
    revoked: datetime | None
    used: datetime | None
    """When it was last shown, to the minute."""
    state: Literal["valid", "expired", "revoked"]


class TokenMade(TokenView):
    """A token that was just made."""

    token: str
    """It is shown this once: the database keeps its digest alone."""


class QuotaChange(Asked):
    """The limits of a token; one that is left out, or null, is none."""

    running: int | None = Field(default=None, ge=0, le=_MOST)
    """How many of its jobs may run at once; of more, the others wait."""
    open: int | None = Field(default=None, ge=0, le=_MOST)
    """How many of its jobs may be neither done, failed nor cancelled."""
    trials: int | None = Field(default=None, ge=0, le=_MOST)
    """How many trials a job of it may have."""


class QuotaView(Model):
    """What a token, or a user of a proxy, may have and has. A limit that is null is none."""

    token: str
    """Its id, or `user:` and a name; empty where neither is needed."""
    running: int | None
    open: int | None
    trials: int | None
    now_running: int
    now_open: int
