"""Tokens: who may use the service, what each may do, and until when.

A token is `act_` and 43 characters that hold 256 random bits. It is shown once, when it is made; the
database keeps its SHA-256, which cannot be turned back and, of so many random bits, not be guessed.
"""

import re
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Literal, TypeAlias, final, get_args

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ..primitives.errors import ActsearchError, UnknownName
from . import plain
from .database import Database
from .projects import must_be_project
from .tables import TokenRow

__all__ = ["SCOPES", "USED_S", "USER", "Scope", "Token", "Tokens", "is_user", "share_of"]

Scope: TypeAlias = Literal["read", "submit", "admin"]

SCOPES: tuple[Scope, ...] = get_args(Scope)
"""Each may what those before it may: look; submit jobs and change one's own; change everybody's."""

USER = "[A-Za-z0-9._@+-]{1,100}"
"""What a user whom a proxy names may be called: no space, comma or quote, by which one name could be two."""

USED_S = 60.0
"""Seconds in which the last use of a token is written at most once."""

_SHOWN = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What is known of a token; not the token itself."""

    id: str
    name: str
    scope: Scope
    project: str | None
    """Whose jobs and boards alone it sees; those of all projects where it is None."""
    created: datetime
    expires: datetime | None
    revoked: datetime | None
    used: datetime | None
    """When it was last shown, to the minute."""
    state: Literal["valid", "expired", "revoked"]

    def allows(self, scope: Scope) -> bool:
        """Whether it is valid and may do what `scope` may."""
        return self.state == "valid" and SCOPES.index(self.scope) >= SCOPES.index(scope)

    def as_dict(self) -> dict[str, Any]:
        """Ready for JSON."""
        return plain.plain(self)


@final
class Tokens:
    """The tokens of one database; each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._now = database.kind.now

    def create(
        self, name: str, scope: Scope, *, lasts_s: float | None = None, project: str | None = None
    ) -> tuple[Token, str]:
        """A new token, and its text, which nobody can find out later. Raises `UnknownName` for a scope."""
        if scope not in SCOPES:
            raise UnknownName("scope of a token", scope, SCOPES)
        if project is not None:
            must_be_project(project)
            if scope == "admin":
                raise ActsearchError(
                    f"a token of scope `admin` is for all projects, not for `{project}` alone; leave the "
                    "project out, or choose the scope `submit`"
                )
        if not name.strip() or not name.isprintable() or len(name) > 100:
            raise ActsearchError(
                "the name of a token has 1 to 100 characters in one line; say whose it is, such as `laptop`"
            )
        if lasts_s is not None and not 0 < lasts_s < 1e10:
            raise ActsearchError(f"a token cannot last `{lasts_s:g}` seconds; write more than 0, up to 1e10")
        text = f"act_{secrets.token_urlsafe(32)}"
        with self._database.write() as session:
            now: float = session.scalars(select(self._now)).one()
            row = TokenRow(
                id=secrets.token_hex(4),
                digest=_digest(text),
                name=name,
                scope=scope,
                project=project,
                created=datetime.now(UTC),
                expires=None if lasts_s is None else now + lasts_s,
            )
            session.add(row)
            session.flush()
            return _token(row, now), text

    def all(self) -> list[Token]:
        """Every token that was ever made, oldest first."""
        with self._database.read() as session:
            now: float = session.scalars(select(self._now)).one()
            return [_token(row, now) for row in session.scalars(select(TokenRow).order_by(TokenRow.number))]

    def any(self) -> bool:
        """Whether one was ever made: from then on nobody is let in without."""
        with self._database.read() as session:
            return session.scalar(select(TokenRow.number).limit(1)) is not None

    def find(self, text: str) -> Token | None:
        """The token of that text, valid or not, and its use written down; None where there is none."""
        with self._database.read() as session:
            found = session.execute(
                select(TokenRow, self._now).where(TokenRow.digest == _digest(text))
            ).one_or_none()
            if found is None:
                return None
            row, now = found
            token, last = _token(row, now), row.used
        if token.state == "valid" and (last is None or now - last >= USED_S):
            self._use(token.id)
        return token

    def get(self, id: str) -> Token:
        """Raises `UnknownName`."""
        with self._database.read() as session:
            row = _row(session, id)
            now: float = session.scalars(select(self._now)).one()
            return _token(row, now)

    def revoke(self, id: str) -> Token:
        """From now on it opens nothing. Raises `UnknownName`."""
        with self._database.write() as session:
            row = _row(session, id)
            row.revoked = row.revoked or datetime.now(UTC)
            now: float = session.scalars(select(self._now)).one()
            return _token(row, now)

    def _use(self, id: str) -> None:
        with self._database.write() as session:
            session.execute(update(TokenRow).where(TokenRow.id == id).values({"used": self._now}))


def share_of(user: str) -> str:
    """As what the shares of a user whom a proxy names are counted; no id of a token is like it."""
    return f"user:{user}"


def is_user(share: str) -> bool:
    """Whether that is the share of a user. Who may be one, the proxy knows: any name may come."""
    return re.fullmatch(f"user:{USER}", share) is not None


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _row(session: Session, id: str) -> TokenRow:
    row = session.scalar(select(TokenRow).where(TokenRow.id == id))
    if row is None:
        latest = select(TokenRow.id).order_by(TokenRow.number.desc()).limit(_SHOWN)
        raise UnknownName("token", id, session.scalars(latest))
    return row


def _token(row: TokenRow, now: float) -> Token:
    scope: Any = row.scope
    gone = row.expires is not None and row.expires <= now
    return Token(
        id=row.id,
        name=row.name,
        scope=scope,
        project=row.project,
        created=row.created,
        expires=_moment(row.expires),
        revoked=row.revoked,
        used=_moment(row.used),
        state="revoked" if row.revoked is not None else "expired" if gone else "valid",
    )


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
