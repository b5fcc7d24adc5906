"""What every test may use: no network but loopback, no model hub, and pictures to look at."""

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from PIL import Image, ImageDraw

from indexer.evaluating.records import Metric
from indexer.grading.records import (
    AttributeGrade,
    Bin,
    CategoryGrade,
    Grade,
    MatchGrade,
    PredictionGrade,
    Reliability,
    ScoreCounts,
)
from search.embedding.backbones import DEFAULT_SPEC, load_backbone
from search.embedding.runtimes.network_file import NetworkFile
from search.embedding.runtimes.openvino_core import openvino_core
from tests import milvus as milvus_server
from tests.milvus import MilvusServer
from tests.postgresql import PostgresServer, started

os.environ["HF_HUB_OFFLINE"] = "1"  # read when the hub's library is imported, hence up here

# How fast a machine is decides nothing here.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

Draw = Callable[..., Image.Image]


@pytest.fixture(autouse=True, scope="session")
def loopback_only() -> Iterator[None]:
    """A test that would reach out of this machine fails, also where the network answers."""
    real = socket.socket.connect

    def connect(self: socket.socket, address: Any) -> None:
        inet = self.family in (socket.AF_INET, socket.AF_INET6)
        if inet and not str(address[0]).startswith(("127.", "::1", "localhost")):
            raise AssertionError(f"a test wants to connect to {address}")
        real(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect)
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A server that tests may share: each takes a database of its own, and leaves it running."""
    with started() as server:
        yield server


@pytest.fixture(scope="module")
def milvus() -> Iterator[MilvusServer]:
    """A server that a file's tests share: each takes a collection of its own and leaves it running.

    It takes a quarter of a core as long as it runs.
    """
    with milvus_server.started() as server:
        yield server


@pytest.fixture(scope="session")
def draw() -> Draw:
    """``draw(seed, width=320, height=240)``: shapes on a smooth ground, each seed another scene."""

    def scene(seed: int, width: int = 320, height: int = 240) -> Image.Image:
        random = np.random.default_rng(seed)
        x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
        weights = random.uniform(0, 255, (2, 3))
        ground = (x[..., None] * weights[0] + y[..., None] * weights[1]) / 2
        image = Image.fromarray(ground.astype(np.uint8))
        pen = ImageDraw.Draw(image)
        for number in range(6):
            corners = random.uniform(0, 1, (2, 2)) * (width, height)
            box = [*corners.min(axis=0), *(corners.max(axis=0) + 12)]
            colour = tuple(int(part) for part in random.integers(0, 256, 3))
            (pen.ellipse if number % 2 else pen.rectangle)(box, fill=colour)
        return image

    return scene


@pytest.fixture
def resolving(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """``resolving(shop_test=["10.0.0.1"])``: name lookups answer just that, numbers themselves."""
    real = socket.getaddrinfo

    def use(**names: list[str]) -> None:
        def lookup(host: str, port: Any, *args: Any, **options: Any) -> Any:
            addresses = names.get(host.rstrip(".").replace(".", "_"))
            if addresses is None:
                return real(host, port, *args, **options | {"flags": socket.AI_NUMERICHOST})
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, 0)) for each in addresses]

        monkeypatch.setattr(socket, "getaddrinfo", lookup)

    return use


@pytest.fixture(scope="session")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The default model's converted network, to link as an index's ``cache``.

    Converting takes seconds, and once for all tests is enough.
    """
    folder = tmp_path_factory.mktemp("converted")
    NetworkFile(load_backbone(DEFAULT_SPEC), folder).read(openvino_core())
    return folder


@pytest.fixture(scope="session")
def a_grade() -> Grade:
    """What a version of a grocery's catalog may have found out about itself; figures invented."""

    def metric(value: float, photos: int = 562, half: float = 0.03) -> Metric:
        return Metric(value, max(0.0, value - half), min(1.0, value + half), photos)

    def reliability(queries: int) -> Reliability:
        said = [
            0.04,
            0.11,
            0.19,
            0.28,
            0.35,
            0.42,
            0.5,
            0.57,
            0.63,
            0.7,
            0.77,
            0.84,
            0.9,
            0.95,
            0.99,
        ]
        right = [
            0.02,
            0.15,
            0.17,
            0.3,
            0.31,
            0.5,
            0.46,
            0.6,
            0.66,
            0.68,
            0.8,
            0.82,
            0.93,
            0.96,
            1.0,
        ]
        per_bin = queries // len(said)
        bins = [Bin(p, share, per_bin) for p, share in zip(said, right, strict=True)]
        return Reliability(0.031, 0.024, queries, bins)

    return Grade(
        revision=12,
        seconds=14.2,
        queries={"product": 562, "absent": 110, "view": 0},
        notes=["Photos taken in one go were held out together."],
        standard="product",
        metrics={
            "recall@1": metric(0.706),
            "recall@5": metric(0.862),
            "recall@10": metric(0.911),
            "map": metric(0.531),
            "category": metric(0.855),
            "category@1": metric(0.962),
            "category@2": metric(0.871),
        },
        twins={
            "recall@1": metric(0.981, 240, 0.018),
            "recall@5": metric(0.996, 240, 0.006),
            "recall@10": metric(1.0, 240, 0.0),
            "map": metric(0.774, 240),
            "category": metric(0.97, 240, 0.02),
        },
        categories=[
            CategoryGrade("Fruit > Apple", {"recall@1": metric(0.61, 90, 0.1),
                                            "category": metric(0.82, 90, 0.08)}),
            CategoryGrade("Fruit > Pear", {"recall@1": metric(0.45, 40, 0.15),
                                           "category": metric(0.7, 40, 0.13)}),
            CategoryGrade("Dairy > Milk", {"recall@1": metric(0.93, 120, 0.05),
                                           "category": metric(0.99, 120, 0.01)}),
            CategoryGrade("Dairy > Yoghurt", {"recall@1": None, "category": metric(0.9, 12, 0.09)}),
        ],
        exact=0.9985,
        match=MatchGrade(0.62, 0.11, metric(0.971, 397), metric(0.81, 110), reliability(672)),
        prediction=PredictionGrade(
            votes=metric(0.814), means=metric(0.846), fused=metric(0.855),
            confident=metric(0.932, 450), reliability=reliability(562),
        ),
        attributes=[
            AttributeGrade("colour", metric(0.78, 310), 0.34, True),
            AttributeGrade("organic", metric(0.71, 310), 0.7, False),
        ],
        scores=ScoreCounts(
            edges=[0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0],
            right=[0, 2, 10, 35, 80, 130, 110, 30],
            wrong=[1, 14, 40, 52, 36, 15, 6, 1],
            absent=[4, 20, 38, 30, 12, 5, 1, 0],
        ),
    )  # fmt: skip
