"""Images that are embedded together, before and after."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np

from indexer.ingesting.reading import Decoded
from search.arrays import Floats, Pixels
from search.catalog.features import NO_COLOURS, measured
from search.catalog.records import Reading
from search.colours import Colour
from search.embedding import Embedder


@dataclass(frozen=True, eq=False, slots=True)
class Embedded:
    """A block that is ready to be stored: a row for each of the digests, which had none yet."""

    readings: list[Reading]
    digests: list[str]
    rows: Floats
    thumbnails: dict[str, Pixels]
    colours: Mapping[str, Sequence[Colour]] = field(default_factory=dict)

    def measured(self) -> Self:
        """The same with the colours of its thumbnails in their place."""
        if not self.thumbnails:
            return self
        return replace(self, thumbnails={}, colours=measured(self.thumbnails))


@dataclass(slots=True)
class Block:
    """Decoded images that are embedded together."""

    readings: list[Reading] = field(default_factory=list)
    pixels: dict[str, Pixels] = field(default_factory=dict)
    thumbnails: dict[str, Pixels] = field(default_factory=dict)

    def add(self, decoded: Decoded) -> None:
        """One more image; the same content twice counts once."""
        self.readings.append(decoded.reading)
        digest = decoded.reading.sha256
        if decoded.pixels is not None and digest is not None:
            self.pixels[digest] = decoded.pixels
        if decoded.thumbnail is not None and digest is not None:
            self.thumbnails[digest] = decoded.thumbnail

    def embedded(self, embedder: Embedder, seen: Collection[str]) -> Embedded:
        """With the features of each content that is not among those ``seen``."""
        new = {digest: pixels for digest, pixels in self.pixels.items() if digest not in seen}
        rows = (
            embedder.features(np.stack(list(new.values())))
            if new
            else np.empty((0, embedder.backbone.dim), np.float32)
        )
        return Embedded(self.readings, list(new), rows, self.thumbnails, NO_COLOURS)
