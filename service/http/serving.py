"""The service as a process: an address, its token rule, and a server that ends in order."""

import ipaddress
import socket
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import uvicorn
from fastapi import FastAPI

from ...primitives import ActsearchError
from ...storage import open_store
from ...storage.tokens import Tokens
from .app import create_app
from .guard import LOCAL
from .settings import Settings

__all__ = ["Listening", "is_local", "listen", "run"]

GRACE_S = 5
"""Seconds that answers under way have left when the service ends; who follows a job comes back."""


@dataclass(frozen=True, slots=True)
class Listening:
    """An address that is bound, and the application that will answer there."""

    app: FastAPI
    socket: socket.socket
    url: str


def is_local(host: str) -> bool:
    """Whether only this machine reaches that address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host in LOCAL


@contextmanager
def listen(settings: Settings, host: str, port: int) -> Generator[Listening]:
    """Binds the address and opens the database.

    Raises `ActsearchError` where the address is not this machine's own and there is no valid token to
    show, where it cannot be bound, and as `create_app` does.
    """
    if not is_local(host):
        _must_have_token(settings, host)
        settings = replace(settings, secured=True)
    with _bound(host, port) as bound:
        name = f"[{host}]" if ":" in host else host
        yield Listening(create_app(settings), bound, f"http://{name}:{bound.getsockname()[1]}")


def run(service: Listening) -> None:
    """Answers until the process is told to end."""
    config = uvicorn.Config(
        service.app,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE_S,
        timeout_keep_alive=15,
        limit_concurrency=1000,
    )
    uvicorn.Server(config).run(sockets=[service.socket])


def _must_have_token(settings: Settings, host: str) -> None:
    if settings.proxy is not None:  # whoever comes by it has a name, and nobody else is let in
        return
    with open_store(settings.home) as store:
        if any(token.state == "valid" for token in Tokens(store.database).all()):
            return
    raise ActsearchError(
        f"`{host}` can be reached from other machines, and there is no valid token yet; make one first: "
        "actsearch token create NAME --scope admin"
    )


@contextmanager
def _bound(host: str, port: int) -> Generator[socket.socket]:
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.create_server(address[:2], family=family, backlog=512) as bound:
            # Connections inherit it; else the second packet of an answer waits 40 ms for word of the first.
            bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            yield bound
    except OSError as error:
        reason = error.strerror or str(error)
        raise ActsearchError(f"`{host}:{port}` cannot be bound: {reason}; choose another `--port`") from None
