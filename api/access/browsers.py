"""What every answer tells browsers: to trust it with nothing, and whose pages may read it."""

import re
from base64 import b64encode
from hashlib import sha256

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.access.limits import LIMIT_HEADERS, Header

_EXPOSED = ("X-Request-ID", "Retry-After", "WWW-Authenticate", *LIMIT_HEADERS)

_SENT = ("Authorization", "X-API-Key", "Content-Type", "X-Request-ID")

_NOTHING = "default-src 'none'; frame-ancestors 'none'"

_PAGE = (
    "default-src 'none'; script-src 'self' {scripts}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob: http: https:; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)
"""For pages of our own. Pictures of a catalog may be anywhere. Swagger UI sets styles at elements;
it has one script of its own."""

_INLINE = re.compile(rb"<script>(.*?)</script>", re.DOTALL)


def allow_origins(app: FastAPI, origins: tuple[str, ...]) -> None:
    """Let pages from these origins (``*``: from any) ask and read the answers.

    No cookies are involved: a page that has no key gets no further than anybody else.
    """
    app.add_middleware(
        CORSMiddleware,
        allow_origins=origins,
        allow_methods=("GET", "POST", "PUT", "DELETE"),
        allow_headers=_SENT,
        expose_headers=_EXPOSED,
    )


class SecurityHeaders:
    """Adds them to every answer, errors too; ``hsts`` is in seconds, 0 for none."""

    def __init__(self, app: ASGIApp, hsts: int, is_read_elsewhere: bool) -> None:
        self._app = app
        policy = b"cross-origin" if is_read_elsewhere else b"same-origin"
        self._headers: list[Header] = [
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"no-referrer"),
            (b"x-frame-options", b"DENY"),
            (b"cross-origin-resource-policy", policy),
        ]
        if hsts:
            self._headers.append((b"strict-transport-security", f"max-age={hsts}".encode()))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        held: list[Message] = []

        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *self._headers]
                if _is_page(message):  # which scripts are its own is in its body
                    held.append(message)
                    return
                message["headers"].append((b"content-security-policy", _NOTHING.encode()))
            elif held:
                start = held.pop()
                start["headers"].append((b"content-security-policy", _policy(message)))
                await send(start)
            await send(message)

        await self._app(scope, receive, secured)


def _is_page(message: Message) -> bool:
    return any(
        name == b"content-type" and value.startswith(b"text/html")
        for name, value in message["headers"]
    )


def _policy(message: Message) -> bytes:
    """Of a page that is sent in one piece."""
    digests = (sha256(script).digest() for script in _INLINE.findall(message.get("body", b"")))
    scripts = " ".join(f"'sha256-{b64encode(digest).decode()}'" for digest in digests)
    return _PAGE.format(scripts=scripts).encode()
