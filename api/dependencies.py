"""What endpoints ask for by type."""

from collections import Counter
from typing import Annotated

from fastapi import Depends, Request

from api.opening import OpeningEngine
from api.settings import Settings
from api.uploads import Form, read_form
from search import SearchEngine
from search.errors import BadParameter


async def open_engine(request: Request) -> SearchEngine:
    """Raises RequestRefused while there is no engine to answer."""
    opening: OpeningEngine = request.app.state.opening
    return opening.engine()


async def _request_id(request: Request) -> str:
    request_id: str = request.state.request_id
    return request_id


async def _form(request: Request) -> Form:
    settings: Settings = request.app.state.settings
    return await read_form(request, settings.max_upload_bytes)


async def single_values(request: Request) -> None:
    """Refuse a parameter given twice: taking either value would hide the other."""
    for name, count in Counter(name for name, _ in request.query_params.multi_items()).items():
        if count > 1:
            raise BadParameter(f"{name[:80]} is given {count} times; it must be given once.")


EngineDep = Annotated[SearchEngine, Depends(open_engine)]
RequestIdDep = Annotated[str, Depends(_request_id)]
FormDep = Annotated[Form, Depends(_form)]
