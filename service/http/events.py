"""Progress as server-sent events: the news of a job, each with its id, until the job is over.

    id: 0.3.1767346330927411
    event: candidate
    data: {...}

Who comes back with the last id that it heard as `Last-Event-ID` hears the rest, also from another server.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from typing import Annotated, final

from anyio.to_thread import run_sync
from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.responses import StreamingResponse

from ...primitives import StoreAway
from .access import Reader
from .kept import Kept, Open
from .models import Event
from .news import Heard, News, news
from .problems import PROBLEMS, refusal
from .visible import JobId

__all__ = ["Streams", "router"]

router = APIRouter(prefix="/jobs", tags=["jobs"])

_ALIVE_S = 15.0
"""Seconds of silence after which a comment shows that the stream is open."""


@final
class Streams:
    """How many follow jobs now; used by one event loop."""

    def __init__(self, most: int) -> None:
        self.most, self.now = most, 0


@router.get(
    "/{id}/events",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "`candidate` and `state` events until the job is over.",
            "content": {
                "text/event-stream": {
                    "schema": {"type": "string"},
                    "example": 'id: 0.1.1767346330927411\nevent: state\ndata: {"state": "running"}\n\n',
                }
            },
        },
        204: {"description": "The job is over, and the listener has heard it all: it need not come back."},
        **PROBLEMS(401, 403, 404, 421, 422, 429, 503),
    },
)
async def follow_job(
    request: Request,
    id: JobId,
    kept: Kept,
    caller: Reader,
    follow: Annotated[bool, Query(description="Also what becomes known from now on.")] = True,
    last_event_id: Annotated[
        str | None,
        Header(
            pattern=r"^[0-9]{1,9}\.[0-9]{1,9}\.[0-9]{1,18}$",
            description="Id of the last event that was heard; what came after it follows.",
        ),
    ] = None,
) -> Response:
    """Follow a job: each candidate as it becomes known, and each change of its state, from the beginning
    or from `Last-Event-ID` on."""
    heard = Heard() if last_event_id is None else Heard.of(last_event_id)
    first = await run_sync(news, kept.store, kept.pages, id, heard)
    if first.over and not first.events and last_event_id is not None:
        return Response(status_code=204)
    streams: Streams = request.app.state.streams
    if streams.now >= streams.most:
        sentence = f"{streams.most} follow jobs already; come back later"
        raise refusal(503, sentence, headers={"Retry-After": "10"})
    stream = _stream(kept, id, first, streams, follow=follow)
    return StreamingResponse(stream, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


async def _stream(kept: Open, id: str, now: News, streams: Streams, *, follow: bool) -> AsyncIterator[str]:
    streams.now += 1
    try:
        yield "retry: 3000\n\n"
        spoke = time.monotonic()
        while now.events or (follow and not now.over):
            if now.events:
                yield "".join(map(_text, now.events))
                spoke = time.monotonic()
            else:
                await asyncio.sleep(kept.settings.poll_s)
                if time.monotonic() - spoke > _ALIVE_S:
                    yield ": nothing new\n\n"
                    spoke = time.monotonic()
            now = await _later(kept, id, now, follow=follow)
    finally:
        streams.now -= 1


async def _later(kept: Open, id: str, now: News, *, follow: bool) -> News:
    """What came since; who follows hears nothing while the database is away, and later the more."""
    try:
        return await run_sync(news, kept.store, kept.pages, id, now.heard)
    except StoreAway:
        if not follow:
            raise
        return News((), now.heard, False)


def _text(event: Event) -> str:
    return f"id: {event.id}\nevent: {event.kind}\ndata: {json.dumps(event.data)}\n\n"
