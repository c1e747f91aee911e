"""`Waiting`: how long a job waits for its first share of a Ray, and when a person is told of it."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["Waiting"]


@dataclass(slots=True, kw_only=True)
class Waiting:
    """Limits are those of `Settings`. It waits `wait_s`; as long as the Ray is adding nodes to itself that
    begins anew, since a node that has come has yet to start a worker, but for `grow_s` in all."""

    notice_s: float
    wait_s: float
    grow_s: float
    noticed: bool = False
    grew: float = 0.0
    """When nodes were last seen to be coming."""

    def look(self, since: float, now: float, *, coming: int) -> Literal["wait", "tell", "end"]:
        """What to do `now`, in seconds of a clock, where a worker has waited `since`; `tell` comes once."""
        if coming:
            self.grew = now
        if now - max(since, self.grew) > self.wait_s or now - since > self.grow_s:
            return "end"
        if now - since > self.notice_s and not self.noticed:
            self.noticed = True
            return "tell"
        return "wait"

    def limit_s(self, *, coming: int) -> float:
        """How long it waits in all, as far as is known."""
        return self.grow_s if coming else self.wait_s
