"""Pictures as pipelines name them, and a Ray and a Spark of this machine, each started once."""

import shutil
import sys
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple

import pytest
from PIL import Image

from indexer.engines.ray_cluster import connected
from search.arrays import Floats
from search.embedding import Embedder
from search.embedding.backbones import DEFAULT_SPEC, load_model


class Pictures(NamedTuple):
    """Files in a folder and on a server; ``vectors`` (n, d) are what an embedder gives for them."""

    folder: Path
    names: list[str]
    url: str
    vectors: Floats
    options: dict[str, Any]

    def sources(self) -> list[str]:
        """Paths and URLs by turns, and a last one that is no picture."""
        found = [name if n % 2 else f"{self.url}/{name}" for n, name in enumerate(self.names)]
        return [*found, "broken.jpg"]


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def pictures(
    tmp_path_factory: pytest.TempPathFactory, draw: Callable[..., Image.Image], converted: Path
) -> Iterator[Pictures]:
    folder = tmp_path_factory.mktemp("pictures")
    names = [f"{seed}.jpg" for seed in range(6)]
    for seed, name in enumerate(names):
        draw(seed, 120, 90).save(folder / name)
    (folder / "broken.jpg").write_bytes(b"no picture")
    embedder = Embedder(load_model(DEFAULT_SPEC), cache=converted)
    vectors = embedder.embed([folder / name for name in names])
    options = {"root": folder, "cache": converted, "fetch_allow": ("127.0.0.1",)}
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder)) as server:
        serving = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        serving.start()
        url = f"http://127.0.0.1:{server.server_port}"
        yield Pictures(folder, names, url, vectors, options)
        server.shutdown()
        serving.join()


@pytest.fixture(scope="module")
def a_ray() -> Iterator[None]:
    """As ``--engine ray`` starts one."""
    pytest.importorskip("ray", reason="the extra 'ray' is not installed")
    with connected(None):
        yield


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    """One core; nothing but the loopback leads to it."""
    sql = pytest.importorskip("pyspark.sql", reason="the extra 'spark' is not installed")
    if not shutil.which("java"):
        pytest.skip("Spark needs Java: apt-get install default-jre-headless")
    loopback = {"spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1"}
    settings = {**loopback, "spark.ui.enabled": "false", "spark.log.level": "ERROR"}
    builder = sql.SparkSession.builder.master("local[1]").config(map=settings)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        session = builder.getOrCreate()
        yield session
        session.stop()
