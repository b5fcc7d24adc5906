"""The outermost layer: an id, a line in the log, a measure and an answer for every request."""

import logging
import re
from time import perf_counter
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from uuid import uuid4

from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.log_context import request_id
from api.metrics import Metrics
from api.problems import KINDS, problem_response

if TYPE_CHECKING:
    from api.tracing import Trace, Traces

log = logging.getLogger(__name__)

HEADER = "X-Request-ID"

_SANE = re.compile(r"[A-Za-z0-9._-]{1,64}")
_CLIENT_LEFT = 499  # as nginx logs it


class RequestLog:
    """Gives each request its id, taken from the client's header when that is harmless to log.

    The log has no query strings: they may hold secrets, such as signatures of image URLs.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        metrics: Metrics = scope["app"].state.metrics
        traces: Traces | None = scope["app"].state.traces
        request.state.request_id = _request_id(request)
        trace = traces.start(request) if traces else None
        request.state.stage_notes = [one.add_stage for one in (metrics, trace) if one]
        noted = _NotedSend(send, request.state.request_id)
        token = request_id.set(request.state.request_id)
        start = perf_counter()
        try:
            await self._answer(request, receive, noted)
        finally:
            took = perf_counter() - start
            route = metrics.add_request(scope, noted.status, took)
            _note(request, route, noted.status, 1000 * took, trace)
            request_id.reset(token)

    async def _answer(self, request: Request, receive: Receive, send: "_NotedSend") -> None:
        try:
            await self._app(request.scope, receive, send)
        except ClientDisconnect:
            send.status = _CLIENT_LEFT
        except Exception:
            log.exception("Request %s failed", request.state.request_id)
            if send.started:
                raise
            problem = problem_response(request, "internal", KINDS["internal"].example)
            await problem(request.scope, receive, send)


class _NotedSend:
    """Sends with the request's id, and keeps the status."""

    def __init__(self, send: Send, request_id: str) -> None:
        self._send = send
        self._request_id = request_id
        self.started = False
        self.status = 500

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            self.status = message["status"]
            MutableHeaders(scope=message)[HEADER] = self._request_id
        await self._send(message)


def _note(request: Request, route: str, status: int, ms: float, trace: "Trace | None") -> None:
    fields: dict[str, Any] = {"method": request.method, "route": route, "status": status}
    fields["ms"] = round(ms, 1)
    if trace:
        trace.end(route, status)
        fields["trace_id"] = trace.trace_id
    line = request.method, quote(request.scope["path"]), status, ms, request.state.request_id
    log.info("%s %s %d %.1f ms %s", *line, extra=fields)


def _request_id(request: Request) -> str:
    given = request.headers.get(HEADER, "")
    return given if _SANE.fullmatch(given) else uuid4().hex
