"""Errors as ``application/problem+json``: the one place where an error's code gets its status."""

import errno
import logging
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from api.access import kinds
from api.schemas import Problem
from search.errors import BadFilter, LookalikeError

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"

RETRY_AFTER = "2"
"""Seconds after which a client may ask again when the trouble passes by itself."""

_PASSING = (
    *("index_loading", "catalog_unavailable", "vectors_unavailable", "keys_unavailable"),
    *("store_unavailable", "overloaded", "deadline_passed"),
)


class RequestRefused(LookalikeError):
    """What can go wrong with a request or its server, and not in the library."""

    def __init__(self, sentence: str, code: str) -> None:
        super().__init__(sentence)
        self.code = code


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem: its status, and a detail as an example."""

    status: int
    example: str


_OUTSIDE = "../secret.jpg: the file is outside the image folder"
_STOPPING = "This server is about to stop; ask another one."
NO_CATALOG = "The catalog cannot be read or written now; the server's log says why."
_OPENING = "The index is being opened; ask again in a few seconds."
_NO_INDEX = "There is no index in 'index'; make one with 'indexer build CATALOG --index index'."

KINDS: dict[str, Kind] = {
    "bad_request": Kind(400, "The request is not HTTP as this server understands it."),
    "bad_form": Kind(400, "The form cannot be read: Missing boundary in multipart."),
    "bad_json": Kind(400, "The body is not JSON: Expecting value: line 1 column 1 (char 0)."),
    "bad_filter": Kind(400, "The filter 'price:cheap' stops at character 7: expected a number."),
    "not_calibrated": Kind(
        400,
        "min_match cannot be used: version 3 knows no p_same, because this version was built by an "
        "earlier release; leave min_match out.",
    ),
    "index_read_only": Kind(403, "The index folder may only be read here, so nothing was changed."),
    "product_not_found": Kind(404, "The catalog has no product 'g99'."),
    "image_not_found": Kind(404, "There is no picture 'no.jpg' under the catalog's image root."),
    "query_forgotten": Kind(404, "The picture 'q1' is not kept any more; send it again."),
    "answer_forgotten": Kind(
        404, "The answer '5f0c' is not known here any more; ask again and judge the new answer."
    ),
    "version_not_found": Kind(404, "'index' has no version 9; choose one of 3, 4."),
    "not_found": Kind(404, "There is nothing at this path; /docs lists what there is."),
    "method_not_allowed": Kind(405, "This path does not take DELETE."),
    "index_busy": Kind(409, "Another command is changing 'index'; wait until it is done."),
    "upload_too_large": Kind(413, "The body is larger than 20 MB, the most that is taken."),
    "image_too_large": Kind(413, "file: 20000 x 20000 pixels are too many"),
    "unsupported_media_type": Kind(
        415,
        "The body is image/jpeg; it must be multipart/form-data (in UTF-8) with the picture in "
        "'file'.",
    ),
    "bad_parameter": Kind(422, "k is '101'; it must be a whole number from 1 to 100."),
    "unknown_parameter": Kind(
        422, "top is no parameter here; known ones are: k, image, product_id."
    ),
    "invalid_product": Kind(
        422, "The product 'g99' cannot be stored: price 'cheap' is not a number."
    ),
    "not_a_result": Kind(
        422, "The product 'g99' was not among the results of the answer '5f0c'; judge one shown."
    ),
    "unknown_category": Kind(
        422, "The catalog has no product in the category 'Fruit > Kiwi'; name one that it has."
    ),
    "not_an_image": Kind(422, "file: this is a PDF document; it must be one of JPEG, PNG, …"),
    "image_truncated": Kind(422, "file: the image is damaged or cut short (…)"),
    "image_too_small": Kind(422, "file: 1 x 1 pixels are too few: each side needs 8"),
    "image_unreadable": Kind(422, "a.jpg: the file cannot be read (Permission denied)"),
    "path_outside_root": Kind(422, _OUTSIDE),
    "bad_url": Kind(422, "http:///a.jpg: it has no usable host and port"),
    "fetch_blocked": Kind(
        422,
        "http://10.0.0.1/a.jpg: its host 10.0.0.1 has an address which is not public",
    ),
    "internal": Kind(500, "Something went wrong inside the server; its log has the details."),
    "fetch_failed": Kind(502, "https://a.example/b.jpg: the server answered with status 404"),
    "index_loading": Kind(503, _OPENING),
    "stopping": Kind(503, _STOPPING),
    "index_not_found": Kind(503, _NO_INDEX),
    "index_mismatch": Kind(503, "The index in 'index' was built with another model."),
    "index_damaged": Kind(503, "vectors.faiss is missing or not what it was."),
    "catalog_unavailable": Kind(503, NO_CATALOG),
    "vectors_unavailable": Kind(
        503,
        "The vectors at milvus://db:19530/shop cannot be reached now (…); start Milvus, or name "
        "the right one with --vectors.",
    ),
    "vectors_taken": Kind(
        409,
        "'shop' at milvus://db:19530/shop was not made by this index folder, so it was left alone; "
        "name another collection with --vectors.",
    ),
    "bad_vectors_url": Kind(
        503,
        "The vectors of version 3 are in Milvus; name it with --vectors, or run 'indexer build' "
        "to make a new version.",
    ),
    "store_unavailable": Kind(
        503,
        "The version store s3://bucket/shop cannot be used (…); see that it can be reached and "
        "that this user may.",
    ),
    "bad_store_url": Kind(
        503, "The version store nfs://shop cannot be opened (…); write it like s3://bucket/shop."
    ),
    "index_unusable": Kind(503, "The index cannot be opened; the server's log says why."),
    "overloaded": Kind(
        503,
        "64 requests wait already, the most that this server lets in; ask again in a few seconds.",
    ),
    "too_many_connections": Kind(
        503, "This server has as many connections as it takes; connect again in a few seconds."
    ),
    "deadline_passed": Kind(
        503,
        "No answer was ready within 30 seconds, so the work was dropped; ask again in a few "
        "seconds.",
    ),
    "bad_model": Kind(503, "'resnet' is not a model specification."),
    "fetch_timeout": Kind(504, "https://a.example/b.jpg: no complete answer within 10 seconds"),
} | {code: Kind(*one) for code, one in kinds.KINDS.items()}

_OF_STATUS = {404: "not_found", 405: "method_not_allowed"}


def problem_response(request: Request, code: str, detail: str, **more: Any) -> JSONResponse:
    """The answer to a request that failed; a code that is in no table is an internal error."""
    status = KINDS.get(code, KINDS["internal"]).status
    request.app.state.metrics.refused.labels(code).inc()
    problem = Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        code=code,
        request_id=request.state.request_id,
        **more,
    )
    headers = {"Retry-After": RETRY_AFTER} if code in _PASSING else None
    return JSONResponse(problem.model_dump(exclude_none=True), status, headers, MEDIA_TYPE)


def handle_problems(app: FastAPI) -> None:
    """Answer every expected error of ``app`` with a problem."""
    app.add_exception_handler(LookalikeError, _known)
    app.add_exception_handler(SQLAlchemyError, _no_catalog)
    app.add_exception_handler(OSError, _no_room)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


async def _known(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, LookalikeError)  # noqa: S101 - narrows
    where = {}
    if isinstance(error, BadFilter):
        where = {"position": error.position, "expected": error.expected}
    return problem_response(request, error.code, str(error), **where)


async def _no_catalog(request: Request, error: Exception) -> JSONResponse:
    log.error("Request %s: the catalog failed: %s", request.state.request_id, error)
    return problem_response(request, "catalog_unavailable", NO_CATALOG)


async def _no_room(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, OSError)  # noqa: S101 - narrows
    if error.errno not in (errno.ENOSPC, errno.EDQUOT):
        raise error
    return await _no_catalog(request, error)


async def _invalid(request: Request, error: Exception) -> JSONResponse:
    """The first of the errors, as one sentence."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - narrows
    first: dict[str, Any] = error.errors()[0]
    if first["type"] in KINDS:
        return problem_response(request, first["type"], first["msg"])
    if first["type"] == "missing":
        return problem_response(request, "bad_parameter", f"{first['loc'][-1]} must be given.")
    given = str(first["input"])[:80]
    detail = f"{first['loc'][-1]} is '{given}'; {first['msg'][:1].lower()}{first['msg'][1:]}."
    return problem_response(request, "bad_parameter", detail)


async def _http(request: Request, error: Exception) -> JSONResponse:
    """What routing itself refuses."""
    assert isinstance(error, HTTPException)  # noqa: S101 - narrows
    code = _OF_STATUS.get(error.status_code, "internal")
    details = {
        "not_found": KINDS["not_found"].example,
        "method_not_allowed": f"This path does not take {request.method[:20]}.",
    }
    response = problem_response(request, code, details.get(code, KINDS["internal"].example))
    response.headers.update(error.headers or {})
    return response
