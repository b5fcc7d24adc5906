"""The app factory: ``uvicorn api.app:create_app --factory``."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI
from fastapi.responses import RedirectResponse
from fastapi_offline import FastAPIOffline
from starlette.concurrency import run_in_threadpool

from api.admission import Admission
from api.documentation import DESCRIPTION, TAGS, TITLE
from api.keeper import EngineKeeper
from api.metrics import Metrics
from api.problems import handle_problems
from api.request_log import RequestLog
from api.routes import feedback, health, images, metrics, products, similar
from api.settings import Settings
from api.watching.watch import Watch


def create_app(settings: Settings | None = None) -> FastAPI:
    """The whole app; the index is opened when the app starts, not here."""
    app = FastAPIOffline(  # its /docs loads nothing from elsewhere
        redoc_url=None,
        title=TITLE,
        description=DESCRIPTION,
        version=version("lookalike"),
        openapi_tags=TAGS,
        swagger_ui_parameters={"validatorUrl": None, "tryItOutEnabled": True},
        lifespan=_lifespan,
    )
    app.state.settings = settings or Settings()
    app.state.keeper = EngineKeeper(app.state.settings)
    app.state.watch = Watch()
    app.state.metrics = Metrics(app.state.keeper, app.state.watch)
    app.state.admission = Admission(app.state.settings, app.state.metrics)
    app.include_router(products.admitted)
    for routes in (similar, products, feedback, images, health, metrics):
        app.include_router(routes.router)
    app.add_api_route("/", _home, include_in_schema=False)
    app.add_middleware(RequestLog)
    handle_problems(app)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    keeper: EngineKeeper = app.state.keeper
    keeper.start()
    yield
    await run_in_threadpool(app.state.admission.close)
    await run_in_threadpool(keeper.close)


async def _home() -> RedirectResponse:
    return RedirectResponse("docs")
