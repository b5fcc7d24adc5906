"""What endpoints ask for by type."""

from typing import Annotated, Any

from fastapi import Depends, Request

from api.keeper import EngineKeeper
from api.metrics import Metrics
from api.parameters import refuse_repeated
from api.schemas import FeedbackGiven
from api.settings import Settings
from api.uploads import read_object, read_product
from api.watching.watch import Watch
from search import SearchEngine


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


async def _product(request: Request) -> tuple[dict[str, Any], tuple[bytes, ...]]:
    settings: Settings = request.app.state.settings
    return await read_product(request, settings.max_upload_bytes)


async def _feedback(request: Request) -> FeedbackGiven:
    settings: Settings = request.app.state.settings
    given = await read_object(request, settings.max_upload_bytes)
    return FeedbackGiven.read(given)


async def single_values(request: Request) -> None:
    """Refuse a parameter given twice."""
    refuse_repeated(request)


EngineDep = Annotated[SearchEngine, Depends(open_engine)]
RequestIdDep = Annotated[str, Depends(_request_id)]
WatchDep = Annotated[Watch, Depends(_watch)]
MetricsDep = Annotated[Metrics, Depends(_metrics)]
FeedbackDep = Annotated[FeedbackGiven, Depends(_feedback)]
ProductDep = Annotated[tuple[dict[str, Any], tuple[bytes, ...]], Depends(_product)]
