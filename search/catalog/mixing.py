"""A mixed order of the catalog's products, read a page at a time whatever their number."""

from sqlalchemy import Engine, func, select

from search.catalog.records import CatalogImage
from search.catalog.searched import SearchedImages
from search.catalog.tables import images

_EACH = 3
"""Ids that are looked at for each product wanted: products have several images each."""

_MOST_LOOKS = 20
"""How often a page looks for more before it stays short: most ids of a catalog may be gone."""


class Walk:
    """An order of the ids from 1 to ``last``, and of some more, with neighbours far apart.

    A step is a Fibonacci number and their count the next one: nearly the golden section, so that
    steps stay apart as far as they can (Knuth, The Art of Computer Programming 3, section 6.4).
    """

    def __init__(self, last: int) -> None:
        self._step, self.count = 1, 1
        while self.count < last:
            self._step, self.count = self.count, self._step + self.count
        self._back = pow(self._step, -1, self.count)

    def ids(self, place: int, count: int) -> list[int]:
        """``count`` ids from a place on, fewer at the end."""
        places = range(place, min(place + count, self.count))
        return [1 + one * self._step % self.count for one in places]

    def place(self, image_id: int) -> int:
        """Where an id is."""
        return (image_id - 1) * self._back % self.count


def mixed_images(
    engine: Engine, searched: SearchedImages, limit: int, place: int
) -> tuple[list[CatalogImage], int]:
    """The first images of products from a ``place`` on, and the place after the last one.

    A product is where the walk meets the first of its images, so the pages have every product once
    while no image is added. After the last one the place is -1.
    """
    with engine.connect() as connection:
        walk = Walk(connection.scalar(select(func.max(images.c.image_id))) or 0)
    found: list[CatalogImage] = []
    for _ in range(_MOST_LOOKS):
        ids = walk.ids(place, _EACH * limit)
        met = _met(searched, walk, ids)
        for image_id in ids:
            place += 1
            if image_id in met:
                found.append(met[image_id])
                if len(found) == limit:
                    break
        if len(found) == limit or place >= walk.count:
            break
    return found, place if place < walk.count else -1


def _met(searched: SearchedImages, walk: Walk, ids: list[int]) -> dict[int, CatalogImage]:
    """The first images of products, by the ids at which the walk meets these products first."""
    names = list(dict.fromkeys(product for product, _ in searched.names(ids).values()))
    each: dict[str, list[CatalogImage]] = {}
    for image in searched.all_of(names):
        each.setdefault(image.product.product_id, []).append(image)
    return {min((one.image_id for one in own), key=walk.place): own[0] for own in each.values()}
