"""`Proxy`: a proxy in front of the service that knows who asks, and says so in a header.

Whoever can set that header can be anybody. So it counts in requests that come straight from one of the
networks that the operator trusts, and no request from elsewhere may carry it.
"""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from ...primitives import ActsearchError, UnknownName
from ...storage.tokens import SCOPES, USER, Scope

__all__ = ["Proxy"]

_HEADER = re.compile("[A-Za-z][A-Za-z0-9-]{0,99}")

_OTHERS = frozenset({"authorization", "content-length", "content-type", "cookie", "host", "origin"})
"""Headers that say something else."""

_Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """Raises `ActsearchError` for a network that no proxy has, and for names that are none."""

    networks: tuple[str, ...]
    """From whose addresses requests may name a user, such as `10.1.2.3/32`."""
    header: str = "X-Forwarded-User"
    scope: Scope = "submit"
    """What users may."""
    admins: tuple[str, ...] = ()
    """The users that may do everything."""

    def __post_init__(self) -> None:
        if not self.networks:
            raise ActsearchError("a proxy is trusted by its address; give one such as `10.1.2.3/32`")
        for network in self.networks:
            _network(network)
        if not _HEADER.fullmatch(self.header) or self.header.lower() in _OTHERS:
            raise ActsearchError(
                f"`{self.header[:100]}` is no header for a user; one such as `X-Forwarded-User` would do"
            )
        if self.scope not in SCOPES:
            raise UnknownName("scope of a user", self.scope, SCOPES)
        for name in self.admins:
            _must_be_user(name)

    def user(self, peer: str | None, named: Sequence[str]) -> str | None:
        """The user whom a request from the address `peer` names, by what stands in each header of that name;
        None where there is no such header. Raises `ActsearchError` where it may name none, or names no one.
        """
        if not named:
            return None
        if not self._trusts(peer):
            raise ActsearchError(
                f"`{self.header}` is believed of the proxy alone, and this request comes from `{peer}`; ask "
                "through the proxy, or leave the header out and show a token"
            )
        if len(named) > 1:
            raise ActsearchError(f"`{self.header}` stands there {len(named)} times; the proxy is to set one")
        _must_be_user(named[0])
        return named[0]

    def scope_of(self, user: str) -> Scope:
        return "admin" if user in self.admins else self.scope

    def _trusts(self, peer: str | None) -> bool:
        try:
            address = ipaddress.ip_address(peer or "")
        except ValueError:  # a socket of this machine has none
            return False
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        return any(address in _network(network) for network in self.networks)


def _network(text: str) -> _Network:
    """Raises `ActsearchError` for one that holds more than a proxy and its neighbours can be."""
    try:
        network = ipaddress.ip_network(text)
    except ValueError as error:
        raise ActsearchError(f"`{text[:100]}` is no network ({error}); `10.1.2.3/32` would do") from None
    if network.num_addresses > 1 and not network.is_private:
        raise ActsearchError(
            f"`{text}` holds addresses of the whole world, and whoever has one could be anybody; name the "
            "proxy's own address, or a private network"
        )
    return network


def _must_be_user(name: str) -> None:
    if not re.fullmatch(USER, name):
        shown = name[:100].encode("ascii", "backslashreplace").decode()
        raise ActsearchError(
            f"`{shown}` is no name of a user; 1 to 100 letters, digits and `.`, `_`, `@`, `+`, `-` would do"
        )
