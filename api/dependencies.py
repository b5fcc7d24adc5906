"""What endpoints ask for by type."""

from collections import Counter
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from api.keeper import EngineKeeper
from api.metrics import Metrics
from api.schemas import REPEATABLE, FeedbackGiven
from api.settings import Settings
from api.uploads import Form, read_form, read_object, read_product
from api.watching.watch import Watch
from search import SearchEngine
from search.errors import BadParameter


async def open_engine(request: Request) -> SearchEngine:
    """Raises RequestRefused while there is no engine to answer."""
    keeper: EngineKeeper = request.app.state.keeper
    return keeper.engine()


async def _request_id(request: Request) -> str:
    request_id: str = request.state.request_id
    return request_id


async def _watch(request: Request) -> Watch:
    watch: Watch = request.app.state.watch
    return watch


async def _metrics(request: Request) -> Metrics:
    metrics: Metrics = request.app.state.metrics
    return metrics


async def _form(request: Request) -> Form:
    settings: Settings = request.app.state.settings
    return await read_form(request, settings.max_upload_bytes)


async def _product(request: Request) -> tuple[dict[str, Any], tuple[bytes, ...]]:
    settings: Settings = request.app.state.settings
    return await read_product(request, settings.max_upload_bytes)


async def _feedback(request: Request) -> FeedbackGiven:
    settings: Settings = request.app.state.settings
    given = await read_object(request, settings.max_upload_bytes)
    try:
        return FeedbackGiven.model_validate(given)
    except ValidationError as error:
        raise RequestValidationError(error.errors()) from error


async def single_values(request: Request) -> None:
    """Refuse a parameter given twice: taking either value would hide the other."""
    for name, count in Counter(name for name, _ in request.query_params.multi_items()).items():
        if count > 1 and name not in REPEATABLE:
            raise BadParameter(f"{name[:80]} is given {count} times; it must be given once.")


EngineDep = Annotated[SearchEngine, Depends(open_engine)]
RequestIdDep = Annotated[str, Depends(_request_id)]
WatchDep = Annotated[Watch, Depends(_watch)]
MetricsDep = Annotated[Metrics, Depends(_metrics)]
FeedbackDep = Annotated[FeedbackGiven, Depends(_feedback)]
FormDep = Annotated[Form, Depends(_form)]
ProductDep = Annotated[tuple[dict[str, Any], tuple[bytes, ...]], Depends(_product)]
