"""Tokens, for those that may do everything: who may use the service, and how much; and one's own quota."""

from typing import Annotated, TypeAlias

from fastapi import APIRouter, Path

from ...storage.queue import Quota
from ...storage.tokens import USER, Token, Tokens, is_user
from .access import Admin, Reader
from .kept import Kept, Open
from .problems import PROBLEMS, about_field
from .token_models import QuotaChange, QuotaView, TokenMade, TokenRequest, TokenView

__all__ = ["router"]

router = APIRouter(tags=["tokens"], responses=PROBLEMS(401, 403, 421, 422, 429, 503))

_DAY_S = 86400.0

TokenId: TypeAlias = Annotated[str, Path(pattern="^[0-9a-f]{8}$", examples=["5f2a9c01"])]

_Share: TypeAlias = Annotated[
    str,
    Path(
        pattern=f"^([0-9a-f]{{8}}|user:{USER})$",
        description="Id of a token, or `user:` and the name of a user of the proxy.",
        examples=["5f2a9c01", "user:alice"],
    ),
]


@router.get("/tokens")
def list_tokens(kept: Kept, caller: Admin) -> list[TokenView]:
    """Every token that was ever made, oldest first; without what opens anything."""
    return [TokenView.model_validate(_told(one)) for one in Tokens(kept.store.database).all()]


@router.post("/tokens", status_code=201, responses=PROBLEMS(400, 413))
def create_token(wanted: TokenRequest, kept: Kept, caller: Admin) -> TokenMade:
    """Make a token. Its text is in this answer alone."""
    lasts_s = None if wanted.days is None else wanted.days * _DAY_S
    with about_field("project" if wanted.project is not None and wanted.scope == "admin" else "name"):
        made, text = Tokens(kept.store.database).create(
            wanted.name, wanted.scope, lasts_s=lasts_s, project=wanted.project
        )
    return TokenMade.model_validate({**_told(made), "token": text})


@router.delete("/tokens/{id}", responses=PROBLEMS(404))
def revoke_token(id: TokenId, kept: Kept, caller: Admin) -> TokenView:
    """From now on it opens nothing. Its jobs go on."""
    return TokenView.model_validate(_told(Tokens(kept.store.database).revoke(id)))


@router.get("/tokens/{id}/quota", responses=PROBLEMS(404))
def show_quota(id: _Share, kept: Kept, caller: Admin) -> QuotaView:
    """What a token, or a user of the proxy, may have and has."""
    return _view(kept.store.queue.quota(_known(kept, id)))


@router.put("/tokens/{id}/quota", responses=PROBLEMS(400, 404, 413))
def change_quota(id: _Share, wanted: QuotaChange, kept: Kept, caller: Admin) -> QuotaView:
    """Set the limits of a token, or of a user of the proxy. What runs goes on; what was asked for stays."""
    return _view(kept.store.queue.allow(_known(kept, id), **wanted.model_dump()))


@router.get("/quota")
def own_quota(kept: Kept, caller: Reader) -> QuotaView:
    """What one may have oneself, and has."""
    return _view(kept.store.queue.quota(caller.token))


def _known(kept: Open, id: str) -> str:
    """Users are not listed anywhere: any may come."""
    return id if is_user(id) else Tokens(kept.store.database).get(id).id


def _told(token: Token) -> dict[str, object]:
    return {name: getattr(token, name) for name in TokenView.model_fields}


def _view(quota: Quota) -> QuotaView:
    return QuotaView.model_validate(quota.as_dict())
