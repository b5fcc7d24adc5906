"""Whether a request was meant for this server."""

import re

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api.problems import problem_response

_HOST = re.compile(rb"(\[[^\]]*\]|[^:\[\]]*)(?::\d*)?")


class Hosts:
    """Refuses requests whose ``Host`` is none of ``names``, with or without a port.

    A page that somebody opens on this machine may have a name that now leads to this server (DNS
    rebinding): its browser would then let it read and change everything here.
    """

    def __init__(self, app: ASGIApp, names: tuple[str, ...]) -> None:
        self._app = app
        self._names = frozenset(name.lower().encode() for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _host(scope) not in self._names:
            detail = (
                "This server does not go by the name in the request's Host header; start it with "
                "--auth, with --no-auth, or with that name in LOOKALIKE_HOSTS."
            )
            await problem_response(Request(scope), "host_unknown", detail)(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _host(scope: Scope) -> bytes:
    """Without its port; empty unless there is exactly one."""
    found = [value for name, value in scope["headers"] if name == b"host"]
    host = _HOST.fullmatch(found[0].strip().lower()) if len(found) == 1 else None
    return host[1] if host else b""
