"""`Gates`: places in the life of a job at which whoever writes to PostgreSQL is held before that is kept.

A trigger waits there for a lock that the test has. What the test kills meanwhile dies at exactly that place.
"""

import time
from collections.abc import Iterable
from contextlib import suppress
from types import TracebackType
from typing import Any, Self, final

import psycopg

__all__ = ["RUNNING", "Gates"]

PLACES: dict[str, tuple[str, str]] = {
    "key kept": ("submissions", "TG_OP = 'INSERT'"),
    "job stored": ("jobs", "TG_OP = 'INSERT'"),
    "job queued": ("leases", "TG_OP = 'INSERT'"),
    "taken from the queue": ("leases", "TG_OP = 'UPDATE' AND OLD.owner IS NULL AND NEW.owner IS NOT NULL"),
    "first proposals": ("proposals", "TG_OP = 'INSERT'"),
    "first evaluation": ("evaluations", "NOT EXISTS (SELECT FROM evaluations)"),
    "mid batch": ("evaluations", "(SELECT count(*) FROM evaluations) >= 3"),
    "batch told": ("proposals", "TG_OP = 'UPDATE' AND NEW.outcome = 'ok' AND NEW.batch = 1"),
    "search to confirming": ("jobs", "NEW.state = 'confirming'"),
    "tuning": ("evaluations", "EXISTS (SELECT FROM jobs WHERE state = 'confirming')"),
    "mid confirmation": (
        "evaluations",
        "NEW.phase = 'confirm' AND EXISTS (SELECT FROM evaluations WHERE phase = 'confirm')",
    ),
    "board": ("standings", "TG_OP = 'INSERT'"),
    "done": ("jobs", "NEW.state = 'done'"),
}
"""In the order in which a job comes to them: the table that is written, and when."""

RUNNING = tuple(PLACES)[3:]
"""Those after somebody asked for the job."""

PATIENCE_S = 240.0

_FIRST = 7000
"""Number of the first lock."""

_TRIGGER = """
CREATE FUNCTION gate_{number}() RETURNS trigger LANGUAGE plpgsql SET search_path = actsearch AS $$
BEGIN
    IF {condition} THEN PERFORM pg_advisory_xact_lock_shared({number}); END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER gate_{number} BEFORE INSERT OR UPDATE ON {table}
    FOR EACH ROW EXECUTE FUNCTION gate_{number}();
"""


@final
class Gates:
    """Shut from the start, and never shut again once opened."""

    def __init__(self, url: str, places: Iterable[str]) -> None:
        """`url` as psycopg takes it; `places` are those of `PLACES` that are shut."""
        self._url = url
        wanted = set(places)
        self._numbers = {place: _FIRST + at for at, place in enumerate(PLACES) if place in wanted}
        self._shut = set(self._numbers)
        self._connection = self._connected()
        for place, number in self._numbers.items():
            table, condition = PLACES[place]
            trigger = _TRIGGER.format(number=number, table=table, condition=condition)
            self._connection.execute(trigger.encode())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def reached(self, place: str) -> None:
        """Returns once somebody waits there."""
        asked = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND NOT granted"
        end = time.monotonic() + PATIENCE_S
        while self.ask(asked, self._numbers[place]) == [(0,)]:
            assert time.monotonic() < end, f"nobody comes to `{place}`"
            time.sleep(0.005)

    def open(self, place: str) -> None:
        """Whoever waits there goes on, and nobody waits there again."""
        self._shut.discard(place)
        self._connection.execute("SELECT pg_advisory_unlock(%s)", (self._numbers[place],))

    def again(self, opened: str) -> None:
        """After a death of the server, in which all locks went: those that were shut are, but for one."""
        self._connection.close()
        self._shut.discard(opened)
        self._connection = self._connected()

    def ask(self, statement: str, *values: Any) -> list[Any]:
        """Rows of a query in the database."""
        return self._connection.execute(statement.encode(), values).fetchall()

    def _connected(self) -> psycopg.Connection[Any]:
        end = time.monotonic() + PATIENCE_S
        while True:
            with suppress(psycopg.OperationalError):
                connection = psycopg.connect(self._url, autocommit=True)
                connection.execute("SET search_path = actsearch")
                for place in self._shut:
                    connection.execute("SELECT pg_advisory_lock(%s)", (self._numbers[place],))
                return connection
            assert time.monotonic() < end, "PostgreSQL does not come back"
            time.sleep(0.02)
