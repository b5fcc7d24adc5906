"""Pictures of recent queries, to be asked again: in memory only, and not for long."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from secrets import token_urlsafe
from time import monotonic
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from search.arrays import Floats, Pixels
from search.colours import Colour, measure_all, thumbnail
from search.embedding.batching import Batches
from search.embedding.embedder import Embedder
from search.embedding.preprocessing import Prepares
from search.errors import BadParameter, QueryForgotten
from search.images import Picture, decode, load
from search.peers import Peers
from search.regions import Box, SeenObject
from search.regions.finding import stand_outs
from search.regions.placing import placed
from search.remembering import Recent
from search.waiting import PATIENT, Waiter

Colours = tuple[Colour, ...]

LIFETIME = 600.0
"""Seconds for which a picture may be asked again."""

MEMORY = 64_000_000
"""Bytes that all pictures together may take; the oldest are forgotten first."""

_MEASURED = Batches(measure_all, 16)
"""One picture's colours take a millisecond, those of 16 together two."""

_REGIONS = 16
"""Regions of one picture of which it is kept what was seen."""


class Seen(NamedTuple):
    """The (1, d) features and the colours of a region, and what stands out in it.

    ``objects`` are None where nobody wanted to know.
    """

    features: Floats
    colours: Colours
    objects: tuple[SeenObject, ...] | None


@dataclass(eq=False, slots=True)
class RecentPicture:
    """A picture as it was given, and what was seen in its regions.

    ``name`` is what errors call it; ``size`` is its upright (width, height), known once it was
    embedded.
    """

    content: bytes | Image.Image | NDArray[np.uint8]
    name: str
    size: tuple[int, int] = (0, 0)
    _seen: OrderedDict[tuple[str, Box | None], Seen] = field(default_factory=OrderedDict)

    @property
    def bytes(self) -> int:
        """What it takes in memory, about."""
        if isinstance(self.content, bytes):
            return len(self.content)
        return 3 * self.size[0] * self.size[1]

    def look(
        self,
        embedder: Embedder,
        box: Box | None,
        waiter: Waiter = PATIENT,
        *,
        detect: bool = False,
    ) -> Seen:
        """At the whole picture or a region; InvalidImage, or BadParameter.

        With ``detect`` at the objects too, in the whole picture alone: who names a region has found
        one. Raises what ``waiter.begin`` raises, and ``waiter.check`` when it is the picture's
        turn.
        """
        detect = detect and box is None
        box = None if box == (0, 0, *self.size) else box  # the same, however it is named
        key = embedder.backbone.fingerprint, box
        seen = self._seen.get(key)
        if seen is None or (detect and seen.objects is None):
            waiter.begin("decode")
            pixels, small = self._prepared(embedder.backbone.preprocessing, box)
            waiter.begin("embed")
            features, maps = embedder.look(pixels, waiter)
            objects = self._objects(embedder, maps) if detect else None
            waiter.begin("colours")
            seen = self._seen[key] = Seen(features, _MEASURED.found(small, PATIENT), objects)
            if len(self._seen) > _REGIONS:
                self._seen.popitem(last=False)
        return seen

    def _objects(self, embedder: Embedder, maps: Floats | None) -> tuple[SeenObject, ...]:
        if maps is None:
            return ()
        return tuple(placed(stand_outs(maps[0]), embedder.backbone.preprocessing, self.size))

    def _prepared(self, preprocessing: Prepares, box: Box | None) -> tuple[Pixels, Pixels]:
        """For the model and for the colours; the decoded picture may be large and does not wait."""
        part = self.region(preprocessing, box)
        return preprocessing.apply(part), thumbnail(part.pixels)

    def region(self, preprocessing: Prepares, box: Box | None) -> Picture:
        """A part of the picture, or all of it, decoded as that preprocessing wants it.

        Raises InvalidImage, or BadParameter for what lies outside.
        """
        is_whole = box is None or box == (0, 0, *self.size)
        picture = self.decoded(preprocessing.decode_at_least if is_whole else 0)
        self.size = picture.size
        return picture if is_whole or box is None else _region(picture, box)

    def decoded(self, at_least: int) -> Picture:
        """The upright picture, perhaps reduced (see ``search.images.decode``); InvalidImage."""
        if isinstance(self.content, bytes):
            return decode(self.content, self.name, at_least)
        return load(self.content)


class RecentPictures:
    """The pictures by the id that their answer gave; many threads, and processes, may share it."""

    def __init__(self, clock: Callable[[], float] = monotonic, peers: Peers | None = None) -> None:
        self._recent: Recent[RecentPicture] = Recent("pictures", LIFETIME, MEMORY, clock, peers)

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
