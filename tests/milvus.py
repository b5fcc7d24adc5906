"""A real Milvus server for tests, in a folder of its own, on free ports of this machine."""

import gc
import os
import shutil
import signal
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from socket import socket
from typing import Any

import pytest

from tests.serving import wait_until

_SETTINGS = {
    "checkInterval: 1000": "checkInterval: 50",
    "distPullInterval: 500": "distPullInterval: 50",
    "timeTickInterval: 200": "timeTickInterval: 20",
}
"""Its loops look more often, so that little data is there sooner."""

_PATIENT = {"ttl: 30": "ttl: 3600"}
"""A machine that stood still for a while is no reason for its parts to give each other up."""


_EMBEDDED = "rootPath: by-dev # The root path where data is stored in etcd"


class MilvusServer:
    """One server; each test takes names of its own in it."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self._numbers = count(1)

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self._server.listen_port}"

    def new_url(self) -> str:
        """Where nothing is yet."""
        return f"milvus://127.0.0.1:{self._server.listen_port}/shop_{next(self._numbers)}"

    def client(self) -> Any:
        from pymilvus import MilvusClient

        return MilvusClient(uri=self.uri)

    def pause(self) -> None:
        """It answers nobody, and keeps every connection."""
        os.kill(self._server.server_proc.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Go on where it was."""
        os.kill(self._server.server_proc.pid, signal.SIGCONT)

    def stop(self) -> None:
        """Cut every connection; what was flushed stays."""
        self._server.stop()

    def start(self) -> None:
        """Once more, at the same port."""
        wait_until(self._has_its_port)
        _start(self._server)

    def _has_its_port(self) -> bool:
        """Not while connections of the one before linger there."""
        with closing(socket()) as one:
            try:
                one.bind(("0.0.0.0", self._server.listen_port))  # noqa: S104 - as Milvus does
            except OSError:
                return False
        return True


def _start(server: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it tries ports, and leaves the closing to Python
        server.start()
        gc.collect()


def _own_ports(folder: Path) -> str:
    """Settings of the etcd inside, which would take the same two ports for every server."""
    with closing(socket()) as one, closing(socket()) as other:
        for each in (one, other):
            each.bind(("127.0.0.1", 0))
        client, peer = (f"http://127.0.0.1:{each.getsockname()[1]}" for each in (one, other))
    path = folder / "etcd.yaml"
    path.write_text(
        f"name: default\ninitial-cluster: default={peer}\n"
        f"listen-client-urls: {client}\nadvertise-client-urls: {client}\n"
        f"listen-peer-urls: {peer}\ninitial-advertise-peer-urls: {peer}\n"
        f"data-dir: {folder}/etcd\nlog-outputs: [{folder}/etcd.log]\n"
    )
    return f"\n  config:\n    path: {path}"


@contextmanager
def started(*, restarts: bool = False) -> Iterator[MilvusServer]:
    """A server, stopped and deleted in the end; skips the test where a package is missing.

    One that ``restarts`` notices within half a minute that its former parts are gone.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        package = pytest.importorskip("milvus", reason="milvus, a real server, is not installed")
        pytest.importorskip("pymilvus", reason="the extra 'milvus' is not installed")
    folder = Path(tempfile.mkdtemp(prefix="lookalike-milvus-"))
    config = package.MilvusServerConfig(data_dir=str(folder))
    for usual, quick in (_SETTINGS if restarts else _SETTINGS | _PATIENT).items():
        assert usual in config.template_text
        config.template_text = config.template_text.replace(usual, quick)
    config.template_text = config.template_text.replace(_EMBEDDED, _EMBEDDED + _own_ports(folder))
    server = package.MilvusServer(config)
    _start(server)
    config.update(proxy_port=server.listen_port)
    try:
        yield MilvusServer(server)
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
