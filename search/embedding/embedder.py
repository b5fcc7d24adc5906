"""The embedder: any picture → the vector that is searched, by one path for every caller."""

import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from functools import cached_property, partial
from itertools import islice
from pathlib import Path
from typing import Self

import numpy as np

from search.arrays import Floats, Pixels
from search.embedding.backbone import Model
from search.embedding.backbones import DEFAULT_SPEC, load_model
from search.embedding.batching import Batches
from search.embedding.head import Head
from search.embedding.runtimes import Look, Runtime, RuntimeName, start_runtime
from search.images import MIN_SIDE, ImageSource, Picture, load
from search.waiting import PATIENT, Waiter

_TOGETHER = 64
"""The most queries that are worked out at once."""


class Embedder:
    """A backbone on a runtime, then a head, by default its own; the runtime starts when needed."""

    def __init__(
        self,
        backbone: Model,
        head: Head | None = None,
        runtime: RuntimeName = "auto",
        cache: Path | None = None,
    ) -> None:
        self.backbone = backbone
        self.head = head or backbone.head
        self._runtime_name = runtime
        self._cache = cache

    @cached_property
    def runtime(self) -> Runtime:
        """Where the backbone computes; starting it takes from 0.1 s to several seconds."""
        return start_runtime(self.backbone, self._runtime_name, self._cache)

    @cached_property
    def _batches(self) -> Batches[Look]:
        # Not a method of this object: memory in a circle of references is given back late.
        return Batches(partial(_looks, self.runtime), _TOGETHER)

    def with_head(self, head: Head) -> Self:
        """The same network, started or not, under another head."""
        other = copy(self)
        other.head = head
        return other

    def start(self) -> None:
        """Start the runtime for batches now, rather than with the first of them."""
        _ = self.runtime.block

    def start_queries(self) -> None:
        """Start the runtime for queries now, rather than with the first of them."""
        prepared = self.prepare(np.zeros((MIN_SIDE, MIN_SIDE, 3), np.uint8))
        self.look(prepared)

    def stop(self) -> None:
        """Give back the runtime, hundreds of megabytes; what needs it later starts it again."""
        for name in ("runtime", "_batches"):
            self.__dict__.pop(name, None)

    def embed(self, images: ImageSource | Sequence[ImageSource]) -> Floats:
        """Paths, URLs, bytes, PIL images or (h, w, 3) uint8 arrays → (n, d) float32 unit rows.

        One picture alone gives one row. Raises InvalidImage or FetchError for the first that is
        unusable.
        """
        blocks = [self.features(block) for block in self._prepared(_as_sources(images))]
        width = self.backbone.dim
        features = np.concatenate(blocks) if blocks else np.empty((0, width), np.float32)
        return self.head.apply(features)

    def prepare(self, source: ImageSource) -> Pixels:
        """One picture → (size, size, 3) uint8, as the backbone wants it."""
        preprocessing = self.backbone.preprocessing
        return preprocessing.apply(load(source, at_least=preprocessing.decode_at_least))

    def vector(self, picture: Picture) -> Floats:
        """One decoded picture → (1, d) float32 unit row."""
        return self.head.apply(self.features(self.backbone.preprocessing.apply(picture)[None]))

    def features(self, pixels: Pixels) -> Floats:
        """(n, size, size, 3) uint8 → (n, dim) float32, before the head."""
        return self.runtime.features(pixels)

    def look(self, pixels: Pixels, waiter: Waiter = PATIENT) -> Look:
        """One prepared picture → its features (1, dim) and its map (1, h, w, channels), if any.

        It goes together with what other threads ask at that moment. Raises what ``waiter.check``
        raises when the picture's turn comes.
        """
        return self._batches.found(pixels, waiter)

    def positions(self, pixels: Pixels) -> Floats | None:
        """One prepared picture → (h, w, dim), whose mean over h and w are its features.

        None for backbones that do not average over positions.
        """
        found = self.runtime.positions(pixels[None])
        return None if found is None else found[0]

    def _prepared(self, sources: Iterable[ImageSource]) -> Iterator[Pixels]:
        """Blocks of prepared pixels, decoded by as many threads as there are cores."""
        todo = iter(sources)
        with ThreadPoolExecutor(os.cpu_count()) as threads:
            while block := list(islice(todo, self.runtime.block)):
                yield np.stack(list(threads.map(self.prepare, block)))


def _looks(runtime: Runtime, pixels: Pixels) -> list[Look]:
    features, maps = runtime.look(pixels)
    return [  # copies, or each would keep all
        Look(features[at : at + 1].copy(), None if maps is None else maps[at : at + 1].copy())
        for at in range(len(pixels))
    ]


def load_embedder(spec: str = DEFAULT_SPEC, runtime: RuntimeName = "auto") -> Embedder:
    """The embedder that a model specification names, with the head that comes with it, if any.

    Raises ModelError when ``spec`` names nothing that can be loaded.
    """
    return Embedder(load_model(spec), runtime=runtime)


def _as_sources(images: ImageSource | Sequence[ImageSource]) -> Sequence[ImageSource]:
    if isinstance(images, np.ndarray):
        return list(images) if images.ndim == 4 else [images]
    if isinstance(images, Sequence) and not isinstance(images, str | bytes):
        return images
    return [images]
