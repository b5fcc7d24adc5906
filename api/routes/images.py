"""``/images``: the catalog's own pictures, for the links in answers."""

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi import Path as PathParameter
from fastapi.responses import FileResponse
from PIL import Image

from api.dependencies import EngineDep
from api.documentation import OPENING, problems
from api.examples import Responses
from api.thumbnails import thumbnail_of
from search.errors import ImageNotFound, InvalidImage
from search.images import BOMBS, FORMATS
from search.images.thumbnails import thumbnail
from search.images.turning import PILLOW_ERRORS
from search.sources import is_url

router = APIRouter(tags=["images"])

_HEADERS = {"Cache-Control": "public, max-age=3600"}

_QUERY_HEADERS = _HEADERS | {"Cache-Control": "private, max-age=600"}

_QUERY_WIDTH = 640

_PICTURE: Responses = {200: {"description": "The picture.", "content": {"image/*": {}}}}

Width = Annotated[int | None, Query(ge=16, le=1024, examples=[240])]

ImageId = Annotated[int, PathParameter(ge=1, lt=2**63, examples=[17])]


@router.get(
    "/images/{image_id}",
    summary="Get a picture",
    response_class=FileResponse,
    responses=_PICTURE | problems(*OPENING, "image_not_found", "bad_parameter", "internal"),
)
def image(engine: EngineDep, image_id: ImageId, width: Width = None) -> Response:
    """A picture of the catalog that is kept on this server: the file itself, or with `width` a
    JPEG whose longer side is that many pixels at most.
    """
    found = engine.image(image_id)
    missing = ImageNotFound(f"This server has no picture {image_id}.")
    if found is None or is_url(found.source):
        raise missing
    try:
        path = engine.catalog_path(found.source)
        if not path.is_file():  # opening a pipe would wait for somebody to write to it
            raise missing
        if width is not None:
            return Response(thumbnail_of(path, width), media_type="image/jpeg", headers=_HEADERS)
        return FileResponse(path, headers=_HEADERS, media_type=_media_type(path))
    except (InvalidImage, *PILLOW_ERRORS, *BOMBS) as error:  # moved or changed since the build
        raise missing from error


@router.get(
    "/queries/{image_id}",
    summary="Get a query's picture",
    response_class=Response,
    responses=_PICTURE | problems(*OPENING, "query_forgotten", "bad_parameter", "internal"),
)
def query_picture(
    engine: EngineDep, image_id: Annotated[str, PathParameter(max_length=80)]
) -> Response:
    """The picture that an answer's `query.image_id` stands for, as a small JPEG, while it is kept.

    Nobody who was not given the id can guess it.
    """
    data = thumbnail(engine.query_picture(image_id, _QUERY_WIDTH).pixels, _QUERY_WIDTH)
    return Response(data, media_type="image/jpeg", headers=_QUERY_HEADERS)


def _media_type(path: Path) -> str:
    """By what the file holds, not by its name: only pictures are served."""
    with Image.open(path, formats=FORMATS) as picture:
        kind = Image.MIME[str(picture.format)]
    return "image/jpeg" if kind == "image/mpo" else kind  # phones' JPEG with several pictures
