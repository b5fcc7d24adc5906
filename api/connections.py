"""HTTP connections whose clients are slow, silent or talk too much: uvicorn itself waits for ever.

A client that sends a byte now and then would hold a connection for as long as it likes. Here a
request's headers must have come within some seconds, its body soon after, and its answer must be
taken; headers are no longer than a limit; and no process has more connections than it can serve.
"""

import asyncio
import json
from http import HTTPStatus
from typing import Any

from uvicorn._types import ASGI3Application
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from api.problems import KINDS, MEDIA_TYPE, RETRY_AFTER
from api.settings import Settings

_MOST_PIPELINED = 32
"""Requests of one connection that wait for their turn."""


class LimitedProtocol(HttpToolsProtocol):
    """One connection; the settings are those that the app's lifespan hands to uvicorn."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for a request, but not for long."""
        super().connection_made(transport)
        self._settings: Settings = self.app_state["settings"]
        self._head = 0
        self._is_reading_head = True
        self._refused = "bad_request"
        self._timer: asyncio.TimerHandle | None = None
        self._stalled: asyncio.TimerHandle | None = None
        self._running: RequestResponseCycle | None = None
        if len(self.connections) > self._settings.max_connections:
            self._refused = "too_many_connections"
            self.send_400_response("")
        else:
            self._allow(self._settings.header_timeout)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._allow(None)
        self.resume_writing()
        self._drop_requests()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse, unless there is no end of the headers."""
        if self.transport.is_closing():
            return
        if self._is_reading_head:
            self._head += len(data)
        if self._timer is None and (self.cycle is None or self.cycle.response_complete):
            self._allow(self._settings.header_timeout)  # a connection that was kept
        super().data_received(data)
        if self._is_reading_head and self._head > 2 * self._settings.max_header_bytes + len(data):
            self._refused = "headers_too_large"
            self.send_400_response("")

    def on_message_begin(self) -> None:
        """Headers come now."""
        super().on_message_begin()
        self._is_reading_head = True
        self._parsed = 0
        self._allow(self._settings.header_timeout)

    def on_url(self, url: bytes) -> None:
        """A part of the request's first line."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """One more of them."""
        self._count(len(name) + len(value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The body has the time that an answer has, and a little more, so that it can be said."""
        if len(self.pipeline) >= _MOST_PIPELINED:
            raise ValueError
        self._is_reading_head = False
        self._head = 0
        self._allow(self._settings.deadline + self._settings.header_timeout)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """All of it is there."""
        self._is_reading_head = True
        self._allow(None)
        super().on_message_complete()

    def pause_writing(self) -> None:
        """The client does not take its answer."""
        super().pause_writing()
        if self._stalled is None:
            self._stalled = self.loop.call_later(self._settings.header_timeout, self._give_up)

    def resume_writing(self) -> None:
        """It does now."""
        super().resume_writing()
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's
        """Say what is wrong, as every other answer does, and hang up."""
        if self.transport.is_closing():
            return
        kind = KINDS[self._refused]
        status = HTTPStatus(kind.status)
        problem = {
            "type": "about:blank",
            "title": status.phrase,
            "status": int(status),
            "detail": kind.example,
            "code": self._refused,
            "request_id": "",
        }
        body = json.dumps(problem).encode()
        again = f"Retry-After: {RETRY_AFTER}\r\n" if kind.status == 503 else ""
        head = (
            f"HTTP/1.1 {int(status)} {status.phrase}\r\nContent-Type: {MEDIA_TYPE}\r\n"
            f"Content-Length: {len(body)}\r\n{again}Connection: close\r\n\r\n"
        )
        self._allow(None)
        self.transport.write(head.encode() + body)
        self._drop_requests()
        self.transport.close()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def _drop_requests(self) -> None:
        """Nobody will take the answers to what is at work, or waits for its turn."""
        self.pipeline.clear()
        if self._running is not None:
            self._running.disconnected = True
            self._running.message_event.set()

    def _count(self, size: int) -> None:
        self._parsed += size
        if self._parsed > self._settings.max_header_bytes:
            self._refused = "headers_too_large"
            raise ValueError  # which the parser takes for a request that cannot be read

    def _allow(self, seconds: float | None) -> None:
        """So long until the next step of this request, None for as long as it takes."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if seconds is None else self.loop.call_later(seconds, self._give_up)

    def _give_up(self, *_: Any) -> None:
        self.transport.abort()
