"""Changes of single products while the index is served."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from search.arrays import Pixels
from search.catalog.catalog import Catalog
from search.catalog.database import require_writable
from search.catalog.features import FeatureStore
from search.catalog.products import delete_product, read_product, upsert_product
from search.catalog.records import ProductRow, ReadImage
from search.catalog.rows import read_row
from search.colours import thumbnail
from search.embedding.embedder import Embedder
from search.errors import InvalidImage, InvalidProduct, ProductNotFound
from search.fetching.fetcher import Fetcher
from search.images import decode
from search.sources import is_url, named, read_bytes
from search.uploads import ImagePlaces, upload_source

MOST_IMAGES = 50
"""Of one product, in one change."""


@dataclass(frozen=True, eq=False, slots=True)
class _Picture:
    image: ReadImage
    pixels: Pixels
    thumbnail: Pixels


@dataclass(frozen=True, eq=False, slots=True)
class Writer:
    """What is written is durable when the call returns; a change that fails changes nothing."""

    catalog: Catalog
    places: ImagePlaces
    fetcher: Fetcher

    def upsert(
        self, embedder: Embedder, product: Mapping[str, object], files: Sequence[bytes]
    ) -> str:
        """Add or replace a product and return its id; see ``SearchEngine.upsert``."""
        require_writable(self.catalog.engine)
        uploads = {upload_source(data): data for data in files}
        given = [*_listed(product.get("image")), *uploads]
        row = self._row(product, given)
        pictures = None
        if given:
            pictures = [self._read(embedder, one, uploads.get(one)) for one in row.images]
            self._embed(embedder, pictures)
            for data in uploads.values():
                self.places.keep(data)
        images = None if pictures is None else [picture.image for picture in pictures]
        upsert_product(self.catalog.engine, row, images)
        return row.product_id

    def delete(self, product_id: str) -> None:
        """Raises ProductNotFound or IndexReadOnly."""
        require_writable(self.catalog.engine)
        delete_product(self.catalog.engine, product_id)

    def _row(self, product: Mapping[str, object], given: list[object]) -> ProductRow:
        attributes = product.get("attributes")
        values = {name: value for name, value in product.items() if name != "attributes"}
        if isinstance(attributes, Mapping):
            values |= attributes
        values["image"] = given or self._sources(str(values.get("product_id", "")))
        if not values["image"]:
            raise InvalidProduct(
                "The product cannot be stored: it has no image; name one in 'image' or send it as "
                "a file."
            )
        row = read_row(values, self.places.root)
        if len(row.images) > MOST_IMAGES:
            raise InvalidProduct(
                f"The product '{row.product_id}' cannot be stored: it has {len(row.images)} "
                f"images, and {MOST_IMAGES} is the most."
            )
        return row

    def _sources(self, product_id: str) -> list[str]:
        """Of the images that the product has already."""
        try:
            return [one.source for one in read_product(self.catalog.engine, product_id).images]
        except ProductNotFound:
            return []

    def _read(self, embedder: Embedder, source: str, data: bytes | None) -> _Picture:
        name = named(source) if data is None else "file"
        preprocessing = embedder.backbone.preprocessing
        try:
            if data is None:
                place = source if is_url(source) else self.places.path(source)
                data = read_bytes(place, self.fetcher)
            picture = decode(data, name, preprocessing.decode_at_least)
        except InvalidImage as error:  # it may name a file by its place on this machine
            raise InvalidImage(name, error.reason, error.code) from error
        digest = hashlib.sha256(data).hexdigest()
        return _Picture(
            ReadImage(source, digest, picture.size),
            preprocessing.apply(picture),
            thumbnail(picture.pixels),
        )

    def _embed(self, embedder: Embedder, pictures: Sequence[_Picture]) -> None:
        """Store the features and the colours of those that have none yet."""
        backbone = embedder.backbone
        store = FeatureStore(self.catalog.engine, backbone.fingerprint, backbone.dim)
        store.fill(
            {one.image.sha256: one.pixels for one in pictures},
            {one.image.sha256: one.thumbnail for one in pictures},
            embedder.features,
        )


def _listed(image: object) -> list[object]:
    """What a product's ``image`` names: a source, a list of them, or several joined by ``|``."""
    if image is None or image == "":
        return []
    if isinstance(image, str):
        return [*image.split("|")]
    return list(image) if isinstance(image, list | tuple) else [image]
