"""`Settings`: what the operator decides of the service."""

import re
from dataclasses import dataclass

from ...primitives import ActsearchError
from ..allowed import must_be_modules
from .proxy import Proxy

__all__ = ["Settings"]

_BASE = re.compile(r"(/[A-Za-z0-9._~-]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Raises `ActsearchError` for a base path or a module that is none."""

    home: str
    """Data folder or database URL."""
    secured: bool = False
    """Whether nobody is let in without a token; else only from when the first one is made."""
    hosts: tuple[str, ...] = ()
    """Names by which the service is called, beside this machine's own; any where it is secured."""
    proxy: Proxy | None = None
    """What stands before the service and says who asks; nobody else may."""
    base_path: str = ""
    """What stands before `/api/v1`, such as `/actsearch`, where a proxy passes it on."""
    modules: tuple[str, ...] = ()
    """Python modules (and what is in them) whose tasks may be asked for."""
    body_bytes: int = 256 * 1024
    """Largest request."""
    requests_a_minute: int = 1200
    """Of one token, or of one address without a token; more are told to wait."""
    streams: int = 64
    """How many may follow jobs at once."""
    poll_s: float = 1.0
    """Seconds between two looks at a job that is followed."""
    describe_s: float = 300.0
    """Seconds that it may take to load a task that was not loaded before."""

    def __post_init__(self) -> None:
        if not _BASE.fullmatch(self.base_path):
            raise ActsearchError(f"`{self.base_path}` is no base path; one such as `/actsearch` would do")
        must_be_modules(self.modules)

    @property
    def root(self) -> str:
        """What stands before the name of each resource."""
        return f"{self.base_path}/api/v1"
