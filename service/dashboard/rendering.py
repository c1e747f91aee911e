"""`render`: a template as the answer to a request, with what every page needs."""

import json
import re
from datetime import datetime
from importlib.metadata import version
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from ..formula import short
from ..http.access import COOKIE
from ..http.views import plain
from .assets import ASSETS
from .drawings import small
from .formulas import formula, left_side
from .numbers import counted, decimals, fixed, number, signed

__all__ = ["render"]

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

_QUOTED = re.compile("`([^`]+)`")

_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Referrer-Policy": "same-origin",  # else browsers do not say from which site a form comes
}


def render(request: Request, template: str, *, status: int = 200, **shown: Any) -> HTMLResponse:
    """`base` is what stands before every address of the dashboard."""
    kept = request.app.state.kept
    text = _PAGES.get_template(template).render(
        base=kept.settings.base_path,
        here=request.url,
        fragment="hx-request" in request.headers,
        signed_in=COOKIE in request.cookies,
        **shown,
    )
    return HTMLResponse(text, status, _HEADERS)


def _day(moment: datetime | None) -> str:
    return "" if moment is None else moment.strftime("%Y-%m-%d")


def _prose(text: str) -> Markup:
    """Words between backticks as code."""
    code = Markup("<code>{}</code>")
    parts = enumerate(_QUOTED.split(text))
    return Markup("").join(code.format(part) if at % 2 else escape(part) for at, part in parts)


def _data(value: Any) -> Markup:
    """JSON that may stand inside a script element."""
    text = json.dumps(plain(value), separators=(",", ":"), allow_nan=False)
    return Markup(text.replace("<", "\\u003c").replace("&", "\\u0026"))


def _asset(name: str) -> str:
    return f"static/{ASSETS[name].digest}/{name}"


_PAGES = Environment(
    loader=PackageLoader(__package__ or ""),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=StrictUndefined,
)
_WORDS: Any = _PAGES
_WORDS.filters |= {
    "number": number,
    "fixed": fixed,
    "signed": signed,
    "counted": counted,
    "prose": _prose,
    "day": _day,
    "data": _data,
    "short": short,
}
_WORDS.globals |= {
    "asset": _asset,
    "decimals": decimals,
    "drawing": small,
    "formula": formula,
    "left_side": left_side,
    "version": version("actsearch"),
}
