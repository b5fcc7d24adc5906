"""Starts the HTTP server for an index, and says what to open."""

import os
import signal
import socket
import tempfile
from pathlib import Path
from urllib.parse import quote

import typer
import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess

from search.catalog.catalog import Catalog
from search.catalog.database import sqlite_url
from search.errors import LookalikeError
from search.versions import IndexFolder

# Named, not imported: the batch side does not know the HTTP side.
_APP = "api.app"

_PATIENCE = 30
"""Seconds after which a process that does not answer the one that started it is ended."""

_THREADS = ("LOOKALIKE_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")

_LOGS = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(levelname)-8s %(message)s"}},
    # Rich's handler would take longer than many an answer.
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {"api": {"level": "INFO"}},  # one line for each request
}
"""What each process writes."""


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
) -> None:
    """Serve until interrupted, by so many processes.

    Raises IndexNotFound or PortInUse before anything is started.
    """
    folder = IndexFolder(index)
    made = folder.require_live()
    listener = _listen(host, port)
    os.environ["LOOKALIKE_INDEX"] = str(index)
    os.environ["LOOKALIKE_FETCH_ALLOW"] = ",".join(fetch_allow)
    if model is not None:
        os.environ["LOOKALIKE_MODEL"] = model
    name = f"[{host}]" if ":" in host else host
    place = f"http://{name}:{listener.getsockname()[1]}"
    typer.echo(f"Version {made.version} with {made.products} products is served at {place}")
    typer.echo(f"  open  {place}/docs")
    typer.echo(f"  try   curl '{place}/similar?product_id={_any_product(folder)}&k=5'")
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
        running = Multiprocess(_config("create_worker", workers), [listener])
        running.run()
    if any(process.exitcode == STARTUP_FAILURE for process in running.processes):
        raise typer.Exit(1)


def _config(factory: str, workers: int = 1) -> uvicorn.Config:
    return uvicorn.Config(
        f"{_APP}:{factory}",
        factory=True,
        workers=workers,
        log_level="warning",
        log_config=_LOGS,
        access_log=False,
        timeout_worker_healthcheck=_PATIENCE,
    )


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


def _any_product(folder: IndexFolder) -> str:
    catalog = Catalog.open(sqlite_url(folder.catalog))
    try:
        return quote(catalog.any_product(), safe="")
    finally:
        catalog.close()
