"""The two pictures of an explanation: the query's and the result's."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from search.arrays import Floats
from search.catalog.records import CatalogImage
from search.colours import Colour
from search.embedding import Embedder
from search.errors import FetchError, InvalidImage
from search.explaining import HeatMap, Method
from search.explaining.heat import occluded, pooled
from search.fetching.fetcher import Fetcher
from search.images import Picture, decode
from search.regions import Box
from search.regions.placing import covered
from search.sources import is_url, read_bytes
from search.uploads import ImagePlaces

SHOWN = 640
"""Pixels of the longer side of what is shown."""

_DECIMALS = 6


class Read(Protocol):
    """Decodes a side's picture."""

    def __call__(self, *, whole: bool = False) -> Picture:
        """The region, or the whole picture, perhaps reduced; raises InvalidImage or FetchError."""
        ...


@dataclass(frozen=True, eq=False, slots=True)
class Side:
    """A picture, the ``region`` of it that was embedded, the (d,) ``vector`` and colours of that.

    ``read`` gives the region as the backbone wants it, or the ``whole`` picture to be shown; it
    raises InvalidImage or FetchError.
    """

    image_id: str
    region: Box
    size: tuple[int, int]
    vector: Floats
    colours: Sequence[Colour]
    read: Read

    def map(self, embedder: Embedder, other: Floats, score: float) -> tuple[HeatMap, Method]:
        """Where the (d,) vector of the other side finds itself in this one."""
        box = covered(embedder.backbone.preprocessing, self.region)
        try:
            picture = self.read()
        except (InvalidImage, FetchError) as error:
            return HeatMap(self.image_id, box, *self.size, reason=error.reason), "none"
        positions = embedder.positions(embedder.backbone.preprocessing.apply(picture))
        if positions is None:
            grid = occluded(embedder, picture, other).round(_DECIMALS)
            return HeatMap(self.image_id, self.region, *self.size, grid.tolist()), "occlusion"
        grid = pooled(positions, embedder.head, other)[0].round(_DECIMALS)
        rest = round(score - float(grid.sum()), _DECIMALS)
        return HeatMap(self.image_id, box, *self.size, grid.tolist(), rest), "pooled"


def catalog_side(
    image: CatalogImage, vector: Floats, places: ImagePlaces, fetcher: Fetcher, at_least: int
) -> Side:
    """An image of the catalog, which is read again from where it came."""

    def read(*, whole: bool = False) -> Picture:
        source = image.source
        data = read_bytes(source if is_url(source) else places.path(source), fetcher)
        if image.sha256 and hashlib.sha256(data).hexdigest() != image.sha256:
            reason = "the picture has changed since it was indexed"
            raise InvalidImage(source, reason, "image_unreadable")
        return decode(data, source, SHOWN if whole else at_least)

    return Side(str(image.image_id), (0, 0, *image.size), image.size, vector, image.colours, read)
