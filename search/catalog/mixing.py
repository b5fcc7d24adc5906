"""A mixed order of the catalog's products, read a page at a time whatever their number."""

from math import gcd

from sqlalchemy import Engine, func, select

from search.catalog.records import CatalogImage
from search.catalog.searched import SearchedImages
from search.catalog.tables import images

_GOLDEN = 0.6180339887498949
"""Steps of this share of a circle stay apart from each other as far as steps can (Knuth, The Art of
Computer Programming 3, section 6.4)."""

_EACH = 4
"""Image ids that are looked at for each product wanted: products have some images each."""

_MOST_LOOKS = 20
"""How often a page looks for more before it stays short: most ids of a catalog may be gone."""


def mixed_images(
    engine: Engine, searched: SearchedImages, limit: int, place: int
) -> tuple[list[CatalogImage], int]:
    """The first images of products from a ``place`` on, and the place after the last one.

    Every image id has one place, so the pages have every product once while no image is added.
    After the last one the place is -1.
    """
    with engine.connect() as connection:
        last = connection.scalar(select(func.max(images.c.image_id))) or 0
    found: list[CatalogImage] = []
    for _ in range(_MOST_LOOKS):
        ids = walk(last, place, _EACH * limit)
        first = _first_images(searched, ids)
        for image_id in ids:
            place += 1
            if image_id in first:
                found.append(first[image_id])
                if len(found) == limit:
                    break
        if len(found) == limit or place >= last:
            break
    return found, place if place < last else -1


def walk(last: int, place: int, count: int) -> list[int]:
    """``count`` of the ids from 1 to ``last``, from a place on; all of them are met once."""
    stride = max(1, round(last * _GOLDEN))
    while gcd(stride, last) > 1:
        stride += 1
    return [1 + one * stride % last for one in range(place, min(place + count, last))]


def _first_images(searched: SearchedImages, ids: list[int]) -> dict[int, CatalogImage]:
    """By id, those that are the first of their product."""
    products = list(dict.fromkeys(product for product, _ in searched.names(ids).values()))
    return {image.image_id: image for image in searched.first_of(products)}
