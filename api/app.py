"""The app factory: ``uvicorn api.app:create_app --factory``."""

import gc
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from multiprocessing import parent_process
from threading import Thread
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.concurrency import run_in_threadpool
from uvicorn.config import STARTUP_FAILURE

from api.access.guard import Guard
from api.admission import Admission
from api.documentation import DESCRIPTION, TAGS, TITLE
from api.keeper import EngineKeeper
from api.metrics import Metrics
from api.problems import handle_problems
from api.readiness import Readiness
from api.request_log import RequestLog
from api.routes import (
    explain,
    feedback,
    health,
    images,
    metrics,
    page,
    products,
    similar,
    versions,
)
from api.routes.page import page_files
from api.settings import Settings, WrongSetting, read_settings
from api.stopping import Stopping
from api.watching.watch import Watch
from search.peers import Peers

if TYPE_CHECKING:
    from api.tracing import Traces

log = logging.getLogger(__name__)


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
    settings = settings or read_settings()
    peers = Peers(settings.shared) if settings.shared else None
    app.state.settings = settings
    app.state.peers = peers
    app.state.keeper = EngineKeeper(settings, peers)
    app.state.watch = Watch(peers=peers)
    app.state.metrics = Metrics(app.state.keeper, app.state.watch)
    app.state.traces = _traces() if settings.traces else None
    app.state.stopping = Stopping(settings)
    app.state.readiness = Readiness(app.state.keeper, app.state.stopping)
    app.state.admission = Admission(settings, app.state.metrics)
    app.include_router(products.admitted)
    resources = (similar, explain, products, feedback, images, health, metrics, versions, page)
    for routes in resources:
        app.include_router(routes.router)
    app.mount("/page", page_files())
    guard = app.state.guard = Guard(settings)
    guard.inside(app)
    app.add_middleware(RequestLog)
    guard.outside(app)
    handle_problems(app)
    return app


def create_worker() -> FastAPI:
    """The app as one of several processes, which stops when the one that started it does.

    Settings that are wrong end it with a code that says so: to start again would not help.
    """
    try:
        app = create_app()
    except WrongSetting as error:
        log.error("%s", error)
        sys.exit(STARTUP_FAILURE)
    gc.freeze()  # what is imported stays: no one looks for garbage in it
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})  # see indexer.serving.workers
    Thread(target=_stop_with_parent, name="parent", daemon=True).start()
    return app


def _stop_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[dict[str, Settings]]:
    keeper: EngineKeeper = app.state.keeper
    keeper.start()
    await run_in_threadpool(app.state.guard.start)
    app.state.stopping.listen()
    if app.state.settings.wait_for_index:
        await run_in_threadpool(keeper.wait)
    yield {"settings": app.state.settings}  # see api.connections
    await run_in_threadpool(app.state.admission.close)
    await run_in_threadpool(keeper.close)
    await run_in_threadpool(app.state.guard.close)
    app.state.readiness.close()
    if app.state.peers:
        app.state.peers.close()
    if app.state.traces:
        await run_in_threadpool(app.state.traces.close)


def _traces() -> "Traces":
    from api.tracing import Traces  # an extra

    return Traces()
