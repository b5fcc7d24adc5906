"""The gate: which key a request has, whether that may do this, and how often."""

from collections.abc import MutableMapping
from typing import Any

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.access.counters import MINUTE
from api.access.known import KnownKeys
from api.access.limits import Header, Limits, headers_of
from api.access.needs import Undeclared, scope_needed
from api.problems import problem_response
from search.access.keys import ApiKey

_LONGEST = 100
"""Characters of a key; any key has fewer."""

_ASK = "Bearer"
_HOW = "send it as the header 'Authorization: Bearer KEY' or 'X-API-Key: KEY'"


class Refused(Exception):
    """A request that is not let in, with what is answered."""

    def __init__(self, code: str, sentence: str, headers: list[Header] | None = None) -> None:
        super().__init__(sentence)
        self.code = code
        self.headers = headers or []


class Gate:
    """Lets in what is open to anybody, and requests with a key that may make them.

    Nothing of a request but its head is looked at, and no database is asked. Which address it came
    from plays no part, so no ``X-Forwarded-For`` does.
    """

    def __init__(self, app: ASGIApp, keys: KnownKeys, limits: Limits) -> None:
        self._app = app
        self._keys = keys
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        try:
            told = self._let_in(scope)
        except Refused as refused:
            answer = problem_response(Request(scope), refused.code, str(refused))
            answer.raw_headers.extend(refused.headers)
            await answer(scope, receive, send)
            return
        await self._app(scope, receive, send if told is None else _telling(send, told))

    def _let_in(self, scope: Scope) -> list[Header] | None:
        """What the client is told of its limits, None where no key is needed; Refused."""
        try:
            needed = scope_needed(scope)
            if needed is None:
                return None
        except Undeclared:
            needed = None  # anybody with a key learns that there is no such thing
        key = self._key(scope)
        if needed is not None and key.scope < needed:
            name = needed.name.lower()
            raise Refused(
                "scope_missing",
                f"The key {key.key_id} has the scope {key.scope.name.lower()}; this needs {name}.",
                _asking(f', error="insufficient_scope", scope="{name}"'),
            )
        return self._count(key)

    def _key(self, scope: Scope) -> ApiKey:
        secret = _secret(scope)
        if not self._keys.are_known:
            raise Refused(
                "keys_unavailable", "The API keys cannot be read now; the server's log says why."
            )
        key = self._keys.find(secret)
        if key is None:
            raise Refused(
                "key_unknown",
                "This API key is none of this server's, or it was revoked.",
                _asking(', error="invalid_token"'),
            )
        scope["state"]["key_id"] = key.key_id  # for the log
        return key

    def _count(self, key: ApiKey) -> list[Header]:
        standings = self._limits.take(key)
        told = headers_of(standings)
        if standings and standings[0].wait is not None:
            (limit,) = standings
            each = "minute" if limit.window == MINUTE else "day"
            raise Refused(
                "rate_exceeded" if each == "minute" else "quota_exceeded",
                f"The key {key.key_id} may make {limit.limit} requests a {each}; ask again in "
                f"{limit.wait} seconds.",
                told,
            )
        return told


def _secret(scope: Scope) -> str:
    """The key that a request was sent with; Refused unless there is exactly one."""
    found: set[bytes] = set()
    for name, value in scope["headers"]:
        if name == b"x-api-key":
            found.add(value.strip())
        elif name == b"authorization":
            scheme, _, rest = value.partition(b" ")
            if scheme.lower() == b"bearer":
                found.add(rest.strip())
    if not found:
        raise Refused("key_missing", f"This needs an API key: {_HOW}.", _asking())
    if len(found) > 1:
        raise Refused("key_unknown", f"This has several API keys; {_HOW}.", _asking())
    return found.pop()[:_LONGEST].decode("latin-1")


def _asking(more: str = "") -> list[Header]:
    return [(b"www-authenticate", f'{_ASK} realm="Lookalike"{more}'.encode())]


def _telling(send: Send, told: list[Header]) -> Send:
    """Sends with these headers, and lets no cache show one client's answer to another one."""

    async def tell(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*_private(message), *told]
        await send(message)

    return tell


def _private(message: MutableMapping[str, Any]) -> list[Header]:
    headers = [
        (name, value.replace(b"public", b"private") if name == b"cache-control" else value)
        for name, value in message["headers"]
    ]
    if not any(name == b"cache-control" for name, _ in headers):
        headers.append((b"cache-control", b"no-store"))
    return headers
