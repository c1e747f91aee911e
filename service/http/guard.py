"""What is looked at before a request reaches any route: by which name, from which page, how often, how much.

Without tokens whoever reaches this machine's own address is let in, and a web page that a browser
shows could try: so a request then has to call the service by a name of this machine (a page's own name
may be made to point here), and at no time may a page of another origin change anything. So it is of
requests in which a proxy names a user: their browser was let in there.
"""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ...primitives import ActsearchError, StoreError
from .access import NAMED
from .headers import SECURITY_HEADERS
from .problems import problem_response, refusal
from .settings import Settings

__all__ = ["LOCAL", "Guard"]

LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_CALLERS = 10_000
"""Of so many callers it is remembered how often they asked."""


@final
class Guard:
    """ASGI middleware around all routes. `is_open` says whether nobody needs a token now."""

    def __init__(self, app: ASGIApp, settings: Settings, is_open: Callable[[], Awaitable[bool]]) -> None:
        self._app, self._settings, self._is_open = app, settings, is_open
        self._hosts = LOCAL | {host.lower() for host in settings.hosts}
        self._asked: OrderedDict[str, tuple[float, float]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refused = await self._refused(scope, Headers(scope=scope))
        if refused is not None:
            status, sentence, said = refused
            await problem_response(status, sentence, (), said)(scope, receive, send)
            return

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    own.setdefault(name, value)
            await send(message)

        await self._app(scope, self._bounded(receive), send_on)

    @property
    def _too_large(self) -> str:
        return f"the request is larger than {self._settings.body_bytes} bytes"

    def _bounded(self, receive: Receive) -> Receive:
        """What comes in pieces says nothing of its length before."""
        got = 0

        async def receive_some() -> Message:
            nonlocal got
            message = await receive()
            got += len(message.get("body", b""))
            if got > self._settings.body_bytes:
                raise refusal(413, self._too_large)
            return message

        return receive_some

    async def _refused(self, scope: Scope, headers: Headers) -> tuple[int, str, dict[str, str]] | None:
        try:
            user = self._user(scope, headers)
        except ActsearchError as error:
            return 403, str(error), {}
        host = headers.get("host", "")
        if await self._strange(host, named=user is not None):
            return 421, f"this service is not called `{host[:100]}`; start it with `--host-name`", {}
        origin = headers.get("origin")
        shown = headers.get("authorization")  # no page can make a browser show a token by itself
        if shown is None and scope["method"] not in _SAFE and origin not in _origins(host):
            return 403, f"a page of `{str(origin)[:100]}` may not change anything here", {}
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length[:20]) > self._settings.body_bytes:
            return 413, self._too_large, {}
        wait_s = self._wait(scope, shown, user)
        scope[NAMED] = user
        if wait_s > 0:
            return 429, "too many requests", {"Retry-After": str(int(wait_s) + 1)}
        return None

    def _user(self, scope: Scope, headers: Headers) -> str | None:
        """Whom the proxy names."""
        proxy = self._settings.proxy
        return None if proxy is None else proxy.user(_peer(scope), headers.getlist(proxy.header))

    async def _strange(self, host: str, *, named: bool) -> bool:
        try:
            if not named and (self._settings.secured or not await self._is_open()):
                return False
        except StoreError:  # nobody knows whether there are tokens; routes that look there say so
            pass
        try:
            name = urlsplit(f"//{host}").hostname
        except ValueError:
            return True
        return name is None or name not in self._hosts

    def _wait(self, scope: Scope, shown: str | None, user: str | None) -> float:
        """Seconds until the caller may ask again. An address has a bucket too, ten times as large, so that
        nothing is won by showing another token each time."""
        client = _peer(scope)
        most = float(self._settings.requests_a_minute)
        if shown is None and user is None:
            return self._drawn(client, most)
        caller = f"user {user}" if shown is None else sha256(shown.encode()).hexdigest()
        return max(self._drawn(f"all of {client}", 10 * most), self._drawn(caller, most))

    def _drawn(self, caller: str, most: float) -> float:
        """Takes one from a bucket that holds a minute's requests and refills; seconds until there is one."""
        now = time.monotonic()
        left, last = self._asked.pop(caller, (most, now))
        left = min(most, left + (now - last) * most / 60)
        self._asked[caller] = (max(left - 1, 0.0) if left >= 1 else left, now)
        if len(self._asked) > _CALLERS:
            self._asked.popitem(last=False)
        return 0.0 if left >= 1 else (1 - left) * 60 / most


def _peer(scope: Scope) -> str:
    """Address of whoever is connected; empty for one without."""
    return str((scope.get("client") or ("", 0))[0])


def _origins(host: str) -> tuple[str | None, ...]:
    """Of a page of the service itself; None is no page at all."""
    return None, f"http://{host}", f"https://{host}"
