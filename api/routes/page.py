"""``/``: the search page. All that it loads comes from here."""

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import FileResponse
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

router = APIRouter(include_in_schema=False)

FOLDER = Path(__file__).parent.parent / "page"

_REVALIDATED = {"Cache-Control": "no-cache"}
"""Asked for anew each time, and answered with 304 while nothing changed."""

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' blob: data: http: https:; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
"""A catalog's texts are shown to people: nothing in them may run."""


@router.get("/")
async def page() -> FileResponse:
    """The page."""
    headers = _REVALIDATED | {"Content-Security-Policy": _POLICY}
    return FileResponse(FOLDER / "index.html", headers=headers)


class PageFiles(StaticFiles):
    """Scripts and styles."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """With how long it may be kept."""
        response = await super().get_response(path, scope)
        response.headers.update(_REVALIDATED)
        return response
