"""``/`` and ``/catalog``: pages for people. All that they load comes from here."""

from pathlib import Path

from fastapi import APIRouter
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Scope

router = APIRouter(include_in_schema=False)

FOLDER = Path(__file__).parent.parent / "page"

_SEARCH = (FOLDER / "index.html").read_bytes()
_CATALOG = (FOLDER / "catalog.html").read_bytes()

_REVALIDATED = {"Cache-Control": "no-cache"}
"""Asked for anew each time, and answered with 304 while nothing changed."""


@router.get("/")
async def page() -> Response:
    """Search by picture."""
    return Response(_SEARCH, media_type="text/html", headers=_REVALIDATED)


@router.get("/catalog")
async def catalog_page() -> Response:
    """What is served, how well, and which versions there are."""
    return Response(_CATALOG, media_type="text/html", headers=_REVALIDATED)


def page_files() -> ASGIApp:
    """Scripts and styles, packed."""
    return GZipMiddleware(_PageFiles(directory=FOLDER), minimum_size=600)


class _PageFiles(StaticFiles):
    async def get_response(self, path: str, scope: Scope) -> Response:
        """With how long it may be kept."""
        response = await super().get_response(path, scope)
        response.headers.update(_REVALIDATED)
        return response
