"""What pages load beside themselves: one style, one script, and two libraries, all from here.

An address holds a digest of the content, so that a browser keeps what it has until it changes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from types import MappingProxyType

from fastapi import APIRouter, Response

from ...primitives import UnknownName

__all__ = ["ASSETS", "Asset", "router"]

_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml", ".txt": "text/plain"}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is sent."""

    content: bytes
    kind: str
    digest: str


def _assets() -> dict[str, Asset]:
    found: dict[str, Asset] = {}
    for file in (files(__package__ or "") / "static").iterdir():
        suffix = file.name[file.name.rindex(".") :]
        content = file.read_bytes()
        found[file.name] = Asset(content, _TYPES[suffix], sha256(content).hexdigest()[:12])
    return found


ASSETS: Mapping[str, Asset] = MappingProxyType(_assets())
"""By name."""

router = APIRouter()


@router.get("/static/{digest}/{name}")
def asset(digest: str, name: str) -> Response:
    found = ASSETS.get(name)
    if found is None or found.digest != digest:
        raise UnknownName("file", name, ASSETS)
    kept = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(found.content, media_type=f"{found.kind}; charset=utf-8", headers=kept)
