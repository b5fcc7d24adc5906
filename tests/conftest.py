"""What every test may use: no network but loopback, no model hub, and pictures to look at."""

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from search.embedding.backbones import DEFAULT_SPEC, load_backbone
from search.embedding.runtimes.network_file import NetworkFile
from search.embedding.runtimes.openvino_core import openvino_core

os.environ["HF_HUB_OFFLINE"] = "1"  # read when the hub's library is imported, hence up here

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
