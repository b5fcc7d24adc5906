"""``/images``: the catalog's own pictures, for the links in answers."""

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter
from fastapi import Path as PathParameter
from fastapi.responses import FileResponse
from PIL import Image

from api.dependencies import EngineDep
from api.documentation import OPENING, Responses, problems
from search.errors import ImageNotFound, InvalidImage
from search.images import BOMBS, FORMATS
from search.sources import is_url
from search.turning import PILLOW_ERRORS

router = APIRouter(prefix="/images", tags=["images"])

_HEADERS = {"Cache-Control": "public, max-age=3600"}

_PICTURE: Responses = {200: {"description": "The picture.", "content": {"image/*": {}}}}

ImageId = Annotated[int, PathParameter(ge=1, lt=2**63, examples=[17])]


@router.get(
    "/{image_id}",
    summary="Get a picture",
    response_class=FileResponse,
    responses=_PICTURE | problems(*OPENING, "image_not_found", "bad_parameter", "internal"),
)
def image(engine: EngineDep, image_id: ImageId) -> FileResponse:
    """A picture of the catalog that is kept on this server."""
    found = engine.image(image_id)
    missing = ImageNotFound(f"This server has no picture {image_id}.")
    if found is None or is_url(found.source):
        raise missing
    try:
        path = engine.catalog_path(found.source)
        if not path.is_file():  # opening a pipe would wait for somebody to write to it
            raise missing
        return FileResponse(path, headers=_HEADERS, media_type=_media_type(path))
    except (InvalidImage, *PILLOW_ERRORS, *BOMBS) as error:  # moved or changed since the build
        raise missing from error


def _media_type(path: Path) -> str:
    """By what the file holds, not by its name: only pictures are served."""
    with Image.open(path, formats=FORMATS) as picture:
        kind = Image.MIME[str(picture.format)]
    return "image/jpeg" if kind == "image/mpo" else kind  # phones' JPEG with several pictures
