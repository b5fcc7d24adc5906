"""Words and problems for the OpenAPI page."""

from http import HTTPStatus
from typing import Any

from api.examples import ANSWER, Responses
from api.problems import KINDS, MEDIA_TYPE
from api.schemas import Problem

TITLE = "Lookalike"
DESCRIPTION = """Finds products of a catalog that look like a picture.

Every error is `application/problem+json` with a stable `code`. Every answer carries an
`X-Request-ID`: the client's own, if it sent one, else a new one.

What reaches no endpoint is answered 400 `bad_request` when it is not HTTP, 431 `headers_too_large`,
or 503 `too_many_connections`; a connection whose client takes too long is closed."""

CONNECTION = ("bad_request", "too_many_connections")
"""What is wrong with a request before it reaches an endpoint."""

TAGS = [
    {"name": "similar", "description": "Products that look like a picture or like a product."},
    {"name": "products", "description": "What the catalog has, and changes of it."},
    {"name": "feedback", "description": "What people say of answers."},
    {"name": "images", "description": "The catalog's own pictures."},
    {"name": "server", "description": "Whether the server is ready, and what it serves."},
]

OPENING = (
    "index_loading",
    "index_not_found",
    "index_mismatch",
    "index_damaged",
    "catalog_unavailable",
    "vectors_unavailable",
)
"""Why no endpoint that needs the index can answer."""

INDEX_PROBLEMS = ("index_not_found", "index_damaged", "internal")
"""Why the index folder cannot be read."""

BUSY = ("overloaded", "deadline_passed")
"""Why no work is done for a request now."""

SEARCHING = (
    *OPENING,
    *BUSY,
    "bad_filter",
    "not_calibrated",
    "bad_parameter",
    "unknown_parameter",
    "product_not_found",
    "query_forgotten",
    "catalog_unavailable",
    "vectors_unavailable",
    "internal",
)

EXPLAINING = tuple(one for one in SEARCHING if one != "not_calibrated")

WRITING = (
    *OPENING,
    "bad_parameter",
    "index_read_only",
    "catalog_unavailable",
    "vectors_unavailable",
    "internal",
)

PICTURES = (
    "not_an_image",
    "image_truncated",
    "image_too_small",
    "image_too_large",
    "image_unreadable",
    "path_outside_root",
    "image_not_found",
    "bad_url",
    "fetch_blocked",
    "fetch_failed",
    "fetch_timeout",
)

UPLOADS = ("upload_too_large", "unsupported_media_type", "bad_form")


def answered_or(*codes: str) -> Responses:
    """The example answer, and the problems of these codes."""
    return {200: {"content": {"application/json": {"example": ANSWER}}}} | problems(*codes)


def created(example: dict[str, Any]) -> Responses:
    """What is answered when something was stored."""
    return {201: {"content": {"application/json": {"example": example}}}}


def problems(*codes: str) -> Responses:
    """OpenAPI's responses for problems of these codes, one for each status."""
    found: Responses = {}
    for code in codes:
        status = KINDS[code].status
        if status not in found:
            found[status] = _response()
        content = found[status]["content"][MEDIA_TYPE]
        content["examples"][code] = {"value": _example(code)}
        found[status]["description"] = "One of: " + ", ".join(content["examples"])
    return found


def _response() -> dict[str, Any]:
    return {"content": {MEDIA_TYPE: {"schema": Problem.model_json_schema(), "examples": {}}}}


def _example(code: str) -> dict[str, Any]:
    kind = KINDS[code]
    return Problem(
        title=HTTPStatus(kind.status).phrase,
        status=kind.status,
        detail=kind.example,
        code=code,
        request_id=ANSWER["request_id"],
    ).model_dump(exclude_none=True)
