"""The real network's features of every picture that a journey needs, computed once for all forks.

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

Features = dict[bytes, Floats]
"""By the pixels that they are of."""

_known: Features = {}
_learned: Features = {}


class RememberingRuntime:
    """Asks the network only for what is not known; small blocks, so that a build has several."""

    name = "remembered"
    block = 8

    def __init__(self, *arguments: Any) -> None:
        self._start = cache(lambda: start_runtime(*arguments))

    def features(self, pixels: Pixels) -> Floats:
        """(n, size, size, 3) uint8 → (n, dim) float32."""
        keys = [one.tobytes() for one in pixels]
        if not _known.keys() >= set(keys):
            rows = self._start().features(pixels)
            _learned.update(zip(keys, rows, strict=True))
            return rows
        return np.stack([_known[key] for key in keys])

    def look(self, pixels: Pixels) -> Look:
        """The features alone."""
        return Look(self.features(pixels), None)


def remember_pool(folder: Path) -> None:
    """Every picture in ``folder/pool``, with the converted network in ``folder/cache``."""
    Image.init()
    pictures = sorted((folder / "pool").iterdir())
    network = Embedder(load_backbone(DEFAULT_SPEC), cache=folder / "cache")

    def embed() -> Features:
        pixels = [network.prepare(path) for path in pictures]
        keys = [one.tobytes() for one in pixels]
        return dict(zip(keys, network.features(np.stack(pixels)), strict=True))

    remember(forked(embed))
    path = "search.embedding.embedder.start_runtime"
    pytest.MonkeyPatch().setattr(path, RememberingRuntime)


def remember(features: Features) -> None:
    """For this process and all that it forks from now on."""
    _known.update(features)


def learned() -> Features:
    """What this process had to ask the network for, like the changed pictures of a grade."""
    return _learned


def forget_features() -> None:
    """From now on this process runs the network."""
    _known.clear()
