"""``/similar``: products that look like a picture."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from fastapi import APIRouter, Request, Response

from api.admission import AdmittedRoute
from api.answering import answered
from api.bodies import UPLOAD_FORM
from api.dependencies import open_engine
from api.documentation import PICTURES, SEARCHING, UPLOADS, answered_or
from api.parameters import REPEATABLE, query_of
from api.questions import ask
from api.schemas import SimilarAnswer, SimilarQuery
from api.settings import Settings
from api.uploads import Form, read_form
from search import SearchEngine
from search.answers import Answer
from search.errors import BadParameter

router = APIRouter(tags=["similar"], route_class=AdmittedRoute)


@router.get(
    "/similar",
    summary="Find look-alikes",
    response_model=SimilarAnswer,
    responses=answered_or(*SEARCHING, *PICTURES),
    openapi_extra={"parameters": SimilarQuery.documented()},
)
async def similar(request: Request) -> Response:
    """Products that look like a picture (`image`, or `image_id` of an earlier answer) or like a
    product (`product_id`).

    Exactly one of the three is given.
    """
    engine = await open_engine(request)
    query = SimilarQuery.read(query_of(request))
    return await answered(request, query, partial(_search, engine, query, None))


@router.post(
    "/similar",
    summary="Find look-alikes of an upload",
    response_model=SimilarAnswer,
    responses=answered_or(*SEARCHING, *PICTURES, *UPLOADS),
    openapi_extra=UPLOAD_FORM | {"parameters": SimilarQuery.documented()},
)
async def similar_to_upload(request: Request) -> Response:
    """The same as `GET /similar`, and the picture may be uploaded as `file`.

    Exactly one of `file`, `image`, `image_id` and `product_id` is given. The other parameters may
    also be fields of the form. The picture is kept in memory for ten minutes at most, to be asked
    again with its `image_id`, and never on disk.
    """
    engine = await open_engine(request)
    settings: Settings = request.app.state.settings
    form = await read_form(request, settings.max_upload_bytes)
    query = SimilarQuery.read(_with_fields(query_of(request), form))
    return await answered(request, query, partial(_search, engine, query, form.file))


def _with_fields(given: dict[str, Any], form: Form) -> dict[str, Any]:
    sent = form.single(REPEATABLE)
    for name in given.keys() & sent.keys():
        raise BadParameter(f"{name} is given twice; it must be given once.")
    return given | sent


def _search(
    engine: SearchEngine, query: SimilarQuery, file: bytes | None, asked: Mapping[str, Any]
) -> Answer:
    return ask(engine, query, file, engine.similar, detect=query.detect, **asked)
