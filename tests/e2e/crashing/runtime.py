"""The real network's features of every picture in the pool, computed once for all forks.

Starting the network and running it again would be most of the time that a kill and its check take.
"""

from functools import cache
from pathlib import Path
from typing import Any

import faiss  # noqa: F401 - each child would import it again, and PIL's formats below
import numpy as np
import pytest
from PIL import Image

from search.arrays import Floats, Pixels
from search.embedding.backbones import DEFAULT_SPEC, load_backbone
from search.embedding.embedder import Embedder
from search.embedding.runtimes import Look, start_runtime
from tests.e2e.crashing.forks import forked

_known: dict[bytes, Floats] = {}


class RememberingRuntime:
    """Asks the network only for what is not known; small blocks, so that a build has several."""

    name = "remembered"
    block = 8

    def __init__(self, *arguments: Any) -> None:
        self._start = cache(lambda: start_runtime(*arguments))

    def features(self, pixels: Pixels) -> Floats:
        """(n, size, size, 3) uint8 → (n, dim) float32."""
        for one in pixels:
            if one.tobytes() not in _known:
                return self._start().features(pixels)
        return np.stack([_known[one.tobytes()] for one in pixels])

    def look(self, pixels: Pixels) -> Look:
        """The features alone."""
        return Look(self.features(pixels), None)


def remember_features(folder: Path) -> None:
    """Of every picture in ``folder/pool``, with the converted network in ``folder/cache``."""
    Image.init()
    pictures = sorted((folder / "pool").iterdir())
    network = Embedder(load_backbone(DEFAULT_SPEC), cache=folder / "cache")

    def embed() -> tuple[list[bytes], Floats]:
        pixels = [network.prepare(path) for path in pictures]
        return [one.tobytes() for one in pixels], network.features(np.stack(pixels))

    _known.update(zip(*forked(embed), strict=True))
    path = "search.embedding.embedder.start_runtime"
    pytest.MonkeyPatch().setattr(path, RememberingRuntime)


def forget_features() -> None:
    """From now on this process runs the network."""
    _known.clear()
