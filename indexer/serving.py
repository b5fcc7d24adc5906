"""Starts the HTTP server for an index, and says what to open."""

import gc
import logging
import os
import signal
import socket
from pathlib import Path
from urllib.parse import quote

import typer
import uvicorn

from search.catalog.catalog import Catalog
from search.catalog.database import sqlite_url
from search.errors import LookalikeError
from search.versions import IndexFolder

# Named, not imported: the batch side does not know the HTTP side.
_APP = "api.app:create_app"


class PortInUse(LookalikeError):
    """Another program listens there already."""

    code = "port_in_use"


def serve(
    index: Path, host: str, port: int, model: str | None, fetch_allow: tuple[str, ...]
) -> None:
    """Serve until interrupted; raises IndexNotFound or PortInUse before anything is started."""
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
    # uvicorn shuts down and then raises the signal again: to be asked to stop is no failure.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    logging.getLogger("api").setLevel(logging.INFO)  # one line for each request
    uvicorn.Server(_config()).run(sockets=[listener])


def _config() -> uvicorn.Config:
    """With the app imported; what is imported stays, so no one looks for garbage in it."""
    gc.disable()
    config = uvicorn.Config(_APP, factory=True, log_level="warning", access_log=False)
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


def _any_product(folder: IndexFolder) -> str:
    catalog = Catalog.open(sqlite_url(folder.catalog))
    try:
        return quote(catalog.any_product(), safe="")
    finally:
        catalog.close()
