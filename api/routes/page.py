"""``/``: the search page. All that it loads comes from here."""

from pathlib import Path

from fastapi import APIRouter
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

router = APIRouter(include_in_schema=False)

FOLDER = Path(__file__).parent.parent / "page"

_PAGE = (FOLDER / "index.html").read_bytes()

_REVALIDATED = {"Cache-Control": "no-cache"}
"""Asked for anew each time, and answered with 304 while nothing changed."""


@router.get("/")
async def page() -> Response:
    """The page."""
    return Response(_PAGE, media_type="text/html", headers=_REVALIDATED)


class PageFiles(StaticFiles):
    """Scripts and styles."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """With how long it may be kept."""
        response = await super().get_response(path, scope)
        response.headers.update(_REVALIDATED)
        return response
