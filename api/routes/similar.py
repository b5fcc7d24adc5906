"""``/similar``: products that look like a picture."""

import os
import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from fastapi import APIRouter, Request, Response

from api.admission import AdmittedRoute
from api.answering import answered
from api.dependencies import open_engine
from api.documentation import PICTURES, SEARCHING, UPLOAD_FORM, UPLOADS, answered_or
from api.parameters import REPEATABLE, query_of
from api.schemas import SimilarAnswer, SimilarQuery
from api.settings import Settings
from api.uploads import Form, read_form
from search import SearchEngine
from search.answers import Answer
from search.errors import BadParameter, ImageNotFound, InvalidImage
from search.images import ImageSource
from search.sources import is_url, named

router = APIRouter(tags=["similar"], route_class=AdmittedRoute)

_SOURCES = ("image", "image_id", "product_id")

_OTHER_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://|file:|data:", re.IGNORECASE)


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
    sources = {"file": file} | {name: getattr(query, name) for name in _SOURCES}
    given = [name for name, source in sources.items() if source is not None]
    if len(given) != 1:
        raise BadParameter(
            f"Give exactly one of {', '.join(_SOURCES)} and, with POST, file; "
            f"this request has {' and '.join(given) or 'none of them'}."
        )
    name = "file" if query.image is None else named(query.image)[:200]
    try:
        return engine.similar(
            file if query.image is None else _source(engine, query.image),
            product_id=query.product_id,
            image_id=query.image_id,
            box=query.box,
            **asked,
        )
    except InvalidImage as error:  # the library names the file by its place on the server
        raise InvalidImage(name, error.reason, error.code) from error


def _source(engine: SearchEngine, image: str) -> ImageSource:
    """What a client's ``image`` stands for: its URL, or a file under the catalog's image root."""
    if is_url(image):
        return image
    if _OTHER_SCHEME.match(image):
        allowed = SimilarQuery.model_fields["image"].description
        raise BadParameter(f"image is '{image[:80]}'; it must be {allowed}.")
    path = engine.catalog_path(image)
    if not os.access(path, os.F_OK):  # never raises
        raise ImageNotFound(f"There is no picture '{image[:200]}' under the catalog's image root.")
    return path
