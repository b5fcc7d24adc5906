"""How long an address and how large a request's head may be."""

from fastapi import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api.problems import problem_response

LONGEST_URL = 8_192
MOST_HEADERS = 100
MOST_PARAMETERS = 100


class Bounds:
    """Refuses what is larger before anything looks at it.

    ``api.connections`` refuses what would not even fit into memory.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        problem = _problem(scope) if scope["type"] == "http" else None
        if problem is None:
            await self._app(scope, receive, send)
        else:
            await problem_response(Request(scope), *problem)(scope, receive, send)


def _problem(scope: Scope) -> tuple[str, str] | None:
    """A code and a sentence."""
    query = scope["query_string"]
    length = len(scope.get("raw_path") or scope["path"]) + len(query)
    if length > LONGEST_URL:
        return "url_too_long", (
            f"The address has {length} characters; {LONGEST_URL} is the most. Send a long image "
            "URL with POST, as a field of the form."
        )
    if query.count(b"&") >= MOST_PARAMETERS:
        return "bad_parameter", f"There are more than {MOST_PARAMETERS} parameters, the most."
    headers = scope["headers"]
    size = sum([len(name) + len(value) for name, value in headers])
    largest = scope["app"].state.settings.max_header_bytes
    if size > largest or len(headers) > MOST_HEADERS:
        return "headers_too_large", (
            f"The {len(headers)} headers have {size} bytes; {MOST_HEADERS} headers and "
            f"{largest} bytes are the most."
        )
    return None
