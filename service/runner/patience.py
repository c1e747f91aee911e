"""`Patience`: how long a job asks again for a Ray that is gone."""

import math
import time
from typing import final

__all__ = ["AGAIN_S", "AWAY_S", "BACK_S", "Patience"]

AWAY_S = 300.0
"""Seconds after which a Ray that is gone is not asked for any more."""

AGAIN_S = 5.0
"""Seconds between two attempts."""

BACK_S = 120.0
"""A Ray that was not missed for so long was there meanwhile: no attempt in vain takes as long."""


@final
class Patience:
    """That of one job."""

    def __init__(self) -> None:
        self._since = self._last = -math.inf

    def lasts(self) -> bool:
        """Asked each time that the Ray is gone; whether to ask for it again."""
        now = time.monotonic()
        if now - self._last > BACK_S:
            self._since = now
        self._last = now
        return now - self._since <= AWAY_S
