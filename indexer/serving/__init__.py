"""Starts the HTTP server for an index, and says what to open."""

import gc
import logging
import os
import resource
import signal
import socket
import tempfile
from dataclasses import asdict
from pathlib import Path
from urllib.parse import quote

import typer
import uvicorn
from uvicorn.config import STARTUP_FAILURE

from indexer.serving.following import follow
from indexer.serving.guarding import Keys
from indexer.serving.logs import is_json, log_config, set_up
from indexer.serving.workers import Workers
from search.backends import REMEMBERED, Backends
from search.catalog.places import open_catalog
from search.errors import LookalikeError
from search.versions import IndexFolder

log = logging.getLogger(__name__)

# Named, not imported: the batch side does not know the HTTP side.
_API = "api"
_APP = f"{_API}.app"

_THREADS = ("LOOKALIKE_THREADS", "OMP_NUM_THREADS")


class PortInUse(LookalikeError):
    """Another program listens there already."""

    code = "port_in_use"


def serve(
    index: Path,
    host: str,
    port: int,
    model: str | None,
    fetch_allow: tuple[str, ...],
    workers: int = 1,
    auth: bool | None = None,
    backends: Backends = REMEMBERED,
) -> None:
    """Serve until interrupted, by so many processes.

    With a version store the folder follows what is published there.

    ``auth`` says whether requests need an API key; by default where others can reach the server.
    Raises IndexNotFound, CatalogUnreachable, PortInUse or KeysMissing before anything is started.
    """
    folder = IndexFolder(index)
    if backends.versions:
        follow(folder, backends.versions)
    made = folder.require_live()
    listener = _listen(host, port)
    keys = Keys.of(index, backends.catalog, listener, auth)
    os.environ["LOOKALIKE_AUTH"] = str(keys.are_needed).lower()
    os.environ.setdefault("LOOKALIKE_HOSTS", ",".join(keys.hosts))
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # each connection takes one
    os.environ["LOOKALIKE_INDEX"] = str(index)
    os.environ["LOOKALIKE_FETCH_ALLOW"] = ",".join(fetch_allow)
    for name, value in {"model": model, **asdict(backends)}.items():
        if value is not None:
            os.environ[f"LOOKALIKE_{name.upper()}"] = value
    name = f"[{host}]" if ":" in host else host
    place = f"http://{name}:{listener.getsockname()[1]}"
    served = f"Version {made.version} with {made.products} products is served at {place}"
    if is_json():
        set_up()
        log.info(served)
    else:
        typer.echo(served)
        typer.echo(f"  open  {place}/")
        product = _any_product(folder, backends.catalog)
        typer.echo(f"  try   curl '{place}/similar?product_id={product}&k=5'")
        if keys.line:
            typer.echo(f"  keys  {keys.line}")
        typer.echo("  stop  Ctrl-C")
    if workers > 1:
        _serve_by_several(listener, workers)
    else:
        # uvicorn shuts down and then raises the signal again: to be asked to stop is no failure.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        uvicorn.Server(_config("create_app")).run(sockets=[listener])


def _serve_by_several(listener: socket.socket, workers: int) -> None:
    """Processes that share the cores and the port; one that dies is started again."""
    threads = str(max(1, (os.cpu_count() or 1) // workers))
    os.environ |= dict.fromkeys(_THREADS, threads)
    with tempfile.TemporaryDirectory(prefix="lookalike-") as folder:  # only this user may enter it
        os.environ["LOOKALIKE_SHARED"] = os.environ["PROMETHEUS_MULTIPROC_DIR"] = folder
        running = Workers(_config("create_worker", workers), [listener])
        running.run()
    if any(process.exitcode == STARTUP_FAILURE for process in running.processes):
        raise typer.Exit(1)


def _config(factory: str, workers: int = 1) -> uvicorn.Config:
    """With the app imported where it serves in this process.

    What is imported stays, so no one looks for garbage in it.
    """
    config = uvicorn.Config(
        f"{_APP}:{factory}",
        factory=True,
        proxy_headers=False,  # nothing here depends on what they say
        server_header=False,
        workers=workers,
        log_level="warning",
        log_config=log_config(),
        access_log=False,
        http=f"{_API}.connections:LimitedProtocol",
        ws="none",
    )
    if workers == 1:
        gc.disable()
        config.load()
        gc.freeze()
        gc.enable()
    return config


def _listen(host: str, port: int) -> socket.socket:
    try:
        listener = socket.create_server((host, port), family=_family(host))
    except OSError as error:
        raise PortInUse(
            f"Cannot listen on {host}:{port} ({error.strerror}); choose another --port or --host."
        ) from error
    # Inherited by each connection: the body of an answer must not wait for the headers' receipt.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _any_product(folder: IndexFolder, database: str | None) -> str:
    catalog = open_catalog(folder, database)
    try:
        return quote(catalog.any_product(), safe="")
    finally:
        catalog.close()
