"""Pictures of recent queries, to be asked again: in memory only, and not for long."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from secrets import token_urlsafe
from time import monotonic

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from search.arrays import Floats, Pixels
from search.embedding.embedder import Embedder
from search.errors import BadParameter, QueryForgotten
from search.images import Picture, decode, load
from search.remembering import Recent

Box = tuple[int, int, int, int]
"""x1, y1, x2, y2 in pixels of the upright picture; x2 and y2 lie outside of it."""

LIFETIME = 600.0
"""Seconds for which a picture may be asked again."""

MEMORY = 64_000_000
"""Bytes that all pictures together may take; the oldest are forgotten first."""

_FEATURES = 16
"""Regions of one picture whose features are kept."""


@dataclass(eq=False, slots=True)
class RecentPicture:
    """A picture as it was given, and the features of its regions.

    ``name`` is what errors call it; ``size`` is its upright (width, height), known once it was
    embedded.
    """

    content: bytes | Image.Image | NDArray[np.uint8]
    name: str
    size: tuple[int, int] = (0, 0)
    _features: OrderedDict[tuple[str, Box | None], Floats] = field(default_factory=OrderedDict)

    def vector(self, embedder: Embedder, box: Box | None) -> Floats:
        """(1, d) of the whole picture or of a region; InvalidImage, or BadParameter."""
        return embedder.head.apply(self.features(embedder, box))

    def features(self, embedder: Embedder, box: Box | None) -> Floats:
        """(1, dim) of the same, before the head."""
        key = embedder.backbone.fingerprint, box
        features = self._features.get(key)
        if features is None:
            features = embedder.features(self._pixels(embedder, box)[None])
            self._features[key] = features
            if len(self._features) > _FEATURES:
                self._features.popitem(last=False)
        return features

    @property
    def bytes(self) -> int:
        """What it takes in memory, about."""
        if isinstance(self.content, bytes):
            return len(self.content)
        return 3 * self.size[0] * self.size[1]

    def _pixels(self, embedder: Embedder, box: Box | None) -> Pixels:
        preprocessing = embedder.backbone.preprocessing
        reduced = preprocessing.decode_at_least if box is None else 0
        picture = self._decoded(reduced)
        self.size = picture.size
        return preprocessing.apply(picture if box is None else _region(picture, box))

    def _decoded(self, at_least: int) -> Picture:
        if isinstance(self.content, bytes):
            return decode(self.content, self.name, at_least)
        return load(self.content)


class RecentPictures:
    """The pictures by the id that their answer gave; many threads may share it."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._recent: Recent[RecentPicture] = Recent(LIFETIME, MEMORY, clock)

    def keep(self, picture: RecentPicture) -> str:
        """An id that nobody can guess: who was not given it must not see what was asked."""
        image_id = token_urlsafe(16)
        self._recent.keep(image_id, picture, picture.bytes)
        return image_id

    def get(self, image_id: str) -> RecentPicture:
        """Raises QueryForgotten when it was never there or is there no more."""
        found = self._recent.get(image_id)
        if found is None:
            raise QueryForgotten(
                f"The picture '{image_id[:80]}' is not kept any more (pictures are kept for "
                f"{LIFETIME / 60:g} minutes at most); send it again."
            )
        return found


def _region(picture: Picture, box: Box) -> Picture:
    width, height = picture.size
    x1, y1, x2, y2 = box
    if not (0 <= x1 < x2 <= width and 0 <= y1 < y2 <= height):
        shown = ",".join(map(str, box))
        raise BadParameter(
            f"box is {shown}; it must lie inside the picture, which is {width} x {height} pixels."
        )
    return load(picture.pixels.crop(box))
