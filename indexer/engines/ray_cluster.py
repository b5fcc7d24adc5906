"""Ray itself: one that runs somewhere, or one that is started here and ended afterwards."""

import os
import secrets
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import Any, NamedTuple

from search.errors import EngineUnavailable

_OBJECTS = 200_000_000
"""Bytes of shared memory: the model, and a megabyte for each block that is on its way."""

_SECONDS = 10.0
"""How long a server may take to accept a connection: Ray itself would try for minutes."""

_SETTINGS = {
    "RAY_USAGE_STATS_ENABLED": "0",  # it would report to its makers
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # it listens on the loopback, as it does there
}


class Share(NamedTuple):
    """What one worker gets: so many threads (and CPUs), and so much of a GPU, on a node."""

    node: str
    threads: int
    gpus: float


@contextmanager
def connected(address: str | None) -> Iterator[Any]:
    """The module ``ray``, connected to ``address``, else to one of this machine for now.

    One that this process is connected to already is used as it is. Raises EngineUnavailable.
    """
    if not address:
        prepare_local()
    ray = _module()
    was_connected = ray.is_initialized()
    # Ray prints what becomes of its workers on stdout, where a command's answer belongs.
    with redirect_stdout(sys.stderr):
        if not was_connected:
            _connect(ray, address)
        try:
            yield ray
        finally:
            if not was_connected:
                ray.shutdown()


def shares(nodes: list[dict[str, Any]], workers: int | None) -> list[Share]:
    """So many workers over the nodes of ``ray.nodes()``, on those with GPUs where there are any.

    By default one for each GPU, else one for each node. Those of a node share its CPUs, so that
    no two threads want the same one. Raises EngineUnavailable.
    """
    alive = [node for node in nodes if node["Alive"] and node["Resources"].get("CPU", 0) >= 1]
    with_gpus = [node for node in alive if node["Resources"].get("GPU")]
    chosen = with_gpus or alive
    if not chosen:
        raise EngineUnavailable("Ray has no node with a CPU for workers; start one and try again.")
    gpus = [int(node["Resources"].get("GPU", 0)) for node in chosen]
    counts = _spread(workers or sum(gpus) or len(chosen), len(chosen))
    found = []
    for node, count, has in zip(chosen, counts, gpus, strict=True):
        threads = max(1, int(node["Resources"]["CPU"]) // max(1, count))
        share = Share(node["NodeID"], threads, min(1.0, has / count) if count else 0)
        found += [share] * count
    return found


def _spread(workers: int, nodes: int) -> list[int]:
    return [workers // nodes + (place < workers % nodes) for place in range(nodes)]


def prepare_local() -> None:
    """Before Ray is imported: it reads this then. Its processes trust whoever has the token."""
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
    os.environ.setdefault("RAY_AUTH_TOKEN", secrets.token_hex(32))


def _module() -> Any:
    try:
        import ray
    except ModuleNotFoundError as error:
        raise EngineUnavailable(
            "The engine Ray is not installed; run: pip install 'lookalike[ray]'."
        ) from error
    return ray


def _connect(ray: Any, address: str | None) -> None:
    if address:
        _knock(address)
    here = {} if address else {"include_dashboard": False, "object_store_memory": _OBJECTS}
    try:
        ray.init(address or "local", log_to_driver=False, logging_level="error", **here)
    except Exception as error:  # Ray raises bare ones, as when it starts too slowly
        ray.shutdown()
        raise _unreachable(address, str(error).partition("\n")[0]) from error


def _knock(address: str) -> None:
    """Raise EngineUnavailable unless something listens there."""
    host, _, port = address.partition("://")[2 if "://" in address else 0].rpartition(":")
    if not port.isdecimal():
        return  # a name of Ray's own, like "auto"
    try:
        socket.create_connection((host.strip("[]"), int(port)), _SECONDS).close()
    except (OSError, OverflowError) as error:
        raise _unreachable(address, str(error)) from error


def _unreachable(address: str | None, reason: str) -> EngineUnavailable:
    if not address:
        return EngineUnavailable(
            f"Ray did not start on this machine ({reason}); run the command again, or name one "
            "that runs with --ray-address."
        )
    return EngineUnavailable(
        f"Ray at {address} cannot be reached ({reason}); start it, or name the right one with "
        "--ray-address."
    )
