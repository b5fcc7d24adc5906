"""What the catalog has of images, read once for each of its revisions."""

from collections.abc import Iterable, Sequence

from search.catalog.catalog import Catalog
from search.catalog.records import CatalogImage

_MOST_NAMES = 200_000
"""Images whose product is remembered: some 40 MB."""

_MOST_IMAGES = 10_000
"""Images that are remembered whole, with their products: some 30 MB."""

_MOST_PRODUCTS = 10_000
"""Products whose images are remembered."""

Name = tuple[str, str | None]
"""The product of an image, and the sha256 of its bytes."""


class RevisionRecords:
    """Images and products as the catalog has had them since one revision; threads may share it.

    What was changed since may be among them: it is shown as it was until the revision that
    answers moves on.
    """

    def __init__(self, catalog: Catalog, revision: int) -> None:
        self.revision = revision
        self._catalog = catalog
        self._names: dict[int, Name] = {}
        self._images: dict[int, CatalogImage] = {}
        self._products: dict[str, list[CatalogImage]] = {}

    def names(self, image_ids: Sequence[int]) -> dict[int, Name]:
        """Of these and of others; those that the catalog has no more are left out."""
        known = self._names
        new = [one for one in image_ids if one not in known]
        if new:
            if len(known) > _MOST_NAMES:
                known = self._names = {one: known[one] for one in image_ids if one in known}
            known.update(self._catalog.names(new))
        return known

    def images(self, image_ids: Iterable[int]) -> dict[int, CatalogImage]:
        """Of these alone; those that the catalog has no more are left out."""
        known = self._images
        found = {one: known[one] for one in image_ids if one in known}
        new = [one for one in image_ids if one not in found]
        if new:
            if len(known) > _MOST_IMAGES:
                known = self._images = {}
            read = self._catalog.images(new)
            known.update(read)
            found.update(read)
        return found

    def images_of(self, product_id: str) -> list[CatalogImage]:
        """A product's images, in the file's order; raises ProductNotFound."""
        found = self._products.get(product_id)
        if found is None:
            if len(self._products) > _MOST_PRODUCTS:
                self._products = {}
            found = self._products[product_id] = self._catalog.images_of(product_id)
        return found

    def forget(self, image_ids: Iterable[int]) -> None:
        """The catalog has these no more."""
        for one in image_ids:
            self._names.pop(one, None)
            self._images.pop(one, None)


class Records:
    """Of the newest revision that was asked for; threads may share it."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._newest = RevisionRecords(catalog, -1)

    def at(self, revision: int) -> RevisionRecords:
        """What was read since that revision; who still answers from an older one reads anew."""
        newest = self._newest
        if newest.revision == revision:
            return newest
        made = RevisionRecords(self._catalog, revision)
        if revision > newest.revision:
            self._newest = made
        return made
