"""`Follower`: somebody who follows a job over HTTP, and comes back whenever the service breaks off."""

import threading
import time
from contextlib import suppress
from typing import final

from actsearch.primitives import ActsearchError
from actsearch.service import Client
from actsearch.service.http.models import Event

__all__ = ["Follower"]


@final
class Follower:
    """Listens in a thread from the moment it is made, until the service says that there is no more."""

    def __init__(self, url: str, token: str, job_id: str) -> None:
        self.events: list[Event] = []
        self._given = (url, token, job_id)
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def heard(self, wait_s: float) -> list[Event]:
        """All events, once the last one was heard."""
        self._thread.join(wait_s)
        assert not self._thread.is_alive(), f"the events do not end: {self.events[-1:]}"
        return self.events

    def _listen(self) -> None:
        url, token, job_id = self._given
        after: str | None = None
        while True:
            with suppress(ActsearchError), Client(url, token) as client:
                for event in client.events(job_id, after=after):
                    self.events.append(event)
                    after = event.id
                return
            time.sleep(0.2)
