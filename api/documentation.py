"""Examples and problems for the OpenAPI page."""

from http import HTTPStatus
from typing import Any

from api.problems import KINDS, MEDIA_TYPE
from api.schemas import FeedbackGiven, Problem

Responses = dict[int | str, dict[str, Any]]

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
    "internal",
)

EXPLAINING = tuple(one for one in SEARCHING if one != "not_calibrated")

WRITING = (
    *OPENING,
    "bad_parameter",
    "index_read_only",
    "catalog_unavailable",
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
    "fetch_blocked",
    "fetch_failed",
    "fetch_timeout",
)

UPLOADS = ("upload_too_large", "unsupported_media_type", "bad_form")

ANSWER: dict[str, Any] = {
    "query": {
        "image_id": None,
        "size": [348, 348],
        "box": [0, 0, 348, 348],
        "product_id": "g01",
        "colors": [{"name": "red", "hex": "#c12f22", "share": 0.99}],
        "objects": [],
    },
    "categories": [{"path": "Fruit > Apple", "p": 0.93}, {"path": "Fruit > Pear", "p": 0.05}],
    "category": [{"path": "Fruit", "p": 0.99}, {"path": "Fruit > Apple", "p": 0.94}],
    "category_status": "ok",
    "attributes": {"color": [{"value": "red", "p": 0.8}, {"value": "green", "p": 0.15}]},
    "results": [
        {
            "product_id": "g01",
            "score": 1.0,
            "image_id": 17,
            "image": "/images/17",
            "product": {
                "product_id": "g01",
                "title": "Royal Gala",
                "description": "A sweet red apple.",
                "category": "Fruit > Apple",
                "brand": "Ember",
                "price": 3.2,
                "currency": "EUR",
                "in_stock": True,
                "url": "https://shop.example/g01",
                "attributes": {"color": "red"},
            },
            "p_same": 0.98,
            "match": "same",
            "colors": [{"name": "red", "hex": "#c12f22", "share": 0.99}],
        }
    ],
    "facets": {},
    "index": {
        "version": 4,
        "revision": 1812,
        "model": "efficientnet_lite0+whitened",
        "built_at": "2026-01-31T12:00:00+00:00",
    },
    "took_ms": {"fetch": 0.0, "embed": 0.3, "search": 0.4, "total": 0.7},
    "request_id": "8d6f2f0c4a7e4be59d8e2f6f0f1c9a3b",
}

_GRID = [[0.05, 0.11], [0.31, 0.34]]

EXPLANATION: Responses = {
    200: {
        "content": {
            "application/json": {
                "example": {
                    "score": 0.83,
                    "method": "pooled",
                    "query": {
                        "image_id": "q8w1cS0mJt6bX5dKZlYF2A",
                        "box": [0, 0, 348, 348],
                        "width": 348,
                        "height": 348,
                        "grid": _GRID,
                        "rest": 0.02,
                        "reason": None,
                    },
                    "result": {
                        "image_id": "17",
                        "box": [0, 0, 400, 300],
                        "width": 400,
                        "height": 300,
                        "grid": _GRID,
                        "rest": 0.02,
                        "reason": None,
                    },
                    "shared": {"category": "Fruit > Apple", "attributes": {"color": "red"}},
                    "color": {
                        "query": [{"name": "red", "hex": "#c12f22", "share": 0.99}],
                        "result": [{"name": "red", "hex": "#b52a20", "share": 0.97}],
                        "difference": 0.03,
                    },
                    "next": {
                        "product_id": "g07",
                        "score": 0.79,
                        "margin": 0.04,
                        "differs": {"price": {"result": 3.2, "next": 2.9}},
                    },
                }
            }
        }
    }
}

INDEX: Responses = {
    200: {
        "content": {
            "application/json": {
                "example": {
                    **ANSWER["index"],
                    "products": 300,
                    "images": 840,
                    "drift": {
                        "window": 1000,
                        "scores": {
                            "psi": 0.45,
                            "chance": 0.09,
                            "shifted": True,
                            "edges": [0.41, 0.47, 0.52, 0.56, 0.6, 0.64, 0.69, 0.75, 0.82],
                            "recent": [0.3, 0.16, 0.12, 0.09, 0.08, 0.07, 0.06, 0.05, 0.04, 0.03],
                            "expected": [0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1],
                        },
                        "categories": {
                            "psi": 0.01,
                            "chance": 0.03,
                            "shifted": False,
                            "recent": {"Fruit > Apple": 0.61, "Fruit > Pear": 0.39},
                            "expected": {"Fruit > Apple": 0.55, "Fruit > Pear": 0.45},
                        },
                        "shifted": True,
                        "since": "2026-02-03T08:15:00+00:00",
                    },
                    "drift_reason": None,
                }
            }
        }
    }
}

METRICS: Responses = {
    200: {
        "description": "Prometheus' text format.",
        "content": {
            "text/plain": {
                "schema": {"type": "string"},
                "example": "lookalike_queries_total 1204.0\nlookalike_drift_score_psi 0.45\n"
                "lookalike_drift_category_psi 0.01\nlookalike_drift_window_queries 1000.0\n"
                "lookalike_drift_warning 1.0\nlookalike_index_version 4.0\n"
                "lookalike_queue_depth 3.0\n"
                'lookalike_refused_requests_total{code="overloaded"} 12.0\n',
            }
        },
    }
}

FEEDBACK: dict[str, Any] = {
    "feedback_id": 12,
    "given_at": "2026-01-31T12:05:00.000+00:00",
    "request_id": ANSWER["request_id"],
    "product_id": "g01",
    "verdict": "same",
    "category": None,
    "score": 0.83,
    "version": 4,
    "asked": None,
}

_FILE: dict[str, Any] = {
    "type": "string",
    "format": "binary",
    "description": "the picture: JPEG, PNG, WebP, GIF, BMP, TIFF or AVIF",
}


def _body(schemas: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return {"requestBody": {"content": {kind: {"schema": one} for kind, one in schemas.items()}}}


UPLOAD_FORM = _body({"multipart/form-data": {"type": "object", "properties": {"file": _FILE}}})

PRODUCT_BODY = _body(
    {
        "application/json": {
            "type": "object",
            "additionalProperties": True,
            "example": {
                "image": ["https://shop.example/g99.jpg"],
                "title": "Pink Lady",
                "category": "Fruit > Apple",
                "price": 3.4,
                "color": "red",
            },
        },
        "multipart/form-data": {
            "type": "object",
            "additionalProperties": {"type": "string"},
            "properties": {"file": {"type": "array", "items": _FILE}},
        },
    }
)


FEEDBACK_BODY = _body({"application/json": FeedbackGiven.model_json_schema()})
FEEDBACK_BODY["requestBody"]["content"]["application/json"]["examples"] = {
    "verdict": {
        "value": {"request_id": ANSWER["request_id"], "product_id": "g01", "verdict": "same"}
    },
    "category": {"value": {"request_id": ANSWER["request_id"], "category": "Fruit > Apple"}},
}


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
