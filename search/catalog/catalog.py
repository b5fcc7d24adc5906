"""The catalog as the rest of the program sees it: records in, records out, never rows."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from sqlalchemy import Engine, delete, func, insert, select, update

from search.catalog.database import writing
from search.catalog.mixing import mixed_images
from search.catalog.opening import made, opened
from search.catalog.paging import pages
from search.catalog.products import missing_product
from search.catalog.readings import is_url, refs_to_read, store_readings
from search.catalog.records import CatalogImage, ImageRef, Reading, VersionRecord
from search.catalog.revisions import current_revision, next_revision
from search.catalog.searched import SearchedImages
from search.catalog.tables import images, products, versions
from search.errors import ProductNotFound


class Catalog:
    """Products and their images in any database that SQLAlchemy reaches."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._searched = SearchedImages(engine)

    @classmethod
    def create(cls, url: str) -> "Catalog":
        """Open for building: tables are made or migrated where needed.

        Raises BadCatalogUrl or CatalogUnreachable.
        """
        return cls(made(url))

    @classmethod
    def open(cls, url: str) -> "Catalog":
        """Open for reading; raises IndexNotFound when another release made the tables.

        Raises BadCatalogUrl or CatalogUnreachable too.
        """
        return cls(opened(url))

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    def revision(self) -> int:
        """The newest change."""
        with self.engine.connect() as connection:
            return current_revision(connection)

    def images_revision(self) -> int:
        """The newest change of what can be searched; 0 when there is none to publish."""
        shown_or_was = images.c.width.is_not(None) | (images.c.status == "gone")
        query = select(func.max(images.c.revision)).where(shown_or_was)
        with self.engine.connect() as connection:
            return connection.scalar(query) or 0

    def counts(self) -> tuple[int, int]:
        """How many products have at least one usable image, and how many usable images."""
        usable = images.c.status == "ok"
        with self.engine.connect() as connection:
            counted = func.count(images.c.product_id.distinct()), func.count()
            row = connection.execute(select(*counted).where(usable)).one()
        return row[0], row[1]

    def categories(self) -> dict[str, int]:
        """How many products that can be found there are in each category path, the empty one too.

        Those below a path are not counted to it.
        """
        counted = func.count(products.c.product_id.distinct())
        query = (
            select(products.c.category, counted)
            .join(images, images.c.product_id == products.c.product_id)
            .where(images.c.width.is_not(None), ~products.c.deleted)
            .group_by(products.c.category)
        )
        with self.engine.connect() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    def images_since(self, revision: int) -> int:
        """How many usable images came or changed after a revision."""
        newer = (images.c.status == "ok") & (images.c.revision > revision)
        with self.engine.connect() as connection:
            return connection.scalar(select(func.count()).select_from(images).where(newer)) or 0

    def images_to_read(self, backbone: str, chunk: int) -> Iterator[list[ImageRef]]:
        """The images of ``refs_to_read``, in order of id, ``chunk`` at a time."""
        for page in pages(self.engine, refs_to_read(backbone), images.c.image_id, chunk):
            yield [ImageRef._make(row) for row in page]

    def count_images(self) -> int:
        """Images that the file names, usable or not."""
        named = images.c.status != "gone"
        with self.engine.connect() as connection:
            return connection.scalar(select(func.count()).select_from(images).where(named)) or 0

    def has_urls(self) -> bool:
        """Whether an image that the file names is to be fetched."""
        query = select(images.c.image_id).where(images.c.status != "gone", is_url(images.c.source))
        with self.engine.connect() as connection:
            return connection.scalar(query.limit(1)) is not None

    def record(self, readings: Iterable[Reading]) -> None:
        """Store what reading the images found; a product whose images differ gets a revision."""
        found = list(readings)
        if found:
            with writing(self.engine) as connection:
                store_readings(connection, found)

    def rejected_images(self, product_ids: Sequence[str]) -> dict[tuple[str, str], str]:
        """(product_id, source) → reason, for the rejected images of these products."""
        query = select(images.c.product_id, images.c.source, images.c.reason).where(
            images.c.status == "rejected", images.c.product_id.in_(product_ids)
        )
        with self.engine.connect() as connection:
            return {(row[0], row[1]): row[2] for row in connection.execute(query)}

    def images(self, image_ids: Sequence[int]) -> dict[int, CatalogImage]:
        """Images by id, with their products; those that no live version can hold are left out.

        An image that became unreadable, or that the file names no more, is still here until a
        version without it is published: a build that fails or runs leaves the live one answering.
        """
        return self._searched.images(image_ids)

    def names(self, image_ids: Sequence[int]) -> dict[int, tuple[str, str | None]]:
        """The product and the sha256 of each of those that ``images`` has."""
        return self._searched.names(image_ids)

    def images_of(self, product_id: str) -> list[CatalogImage]:
        """A product's images as ``images`` has them, in the file's order; ProductNotFound."""
        found = self._searched.of_product(product_id)
        if not found:
            self._require(product_id)
        return found

    def first_images(self, limit: int, offset: int) -> list[CatalogImage]:
        """The first image of each of some products, in the order of their ids."""
        return self._searched.of_products(limit, offset)

    def mixed_images(self, limit: int, place: int) -> tuple[list[CatalogImage], int]:
        """The same in a mixed order, from a place on: see ``search.catalog.mixing``."""
        return mixed_images(self.engine, self._searched, limit, place)

    def _require(self, product_id: str) -> None:
        own = (products.c.product_id == product_id) & ~products.c.deleted
        with self.engine.connect() as connection:
            if connection.scalar(select(products.c.product_id).where(own)) is None:
                raise missing_product(product_id)

    def any_product(self) -> str:
        """A product that can be found, for examples; raises ProductNotFound when there is none."""
        query = select(images.c.product_id).where(images.c.width.is_not(None)).limit(1)
        with self.engine.connect() as connection:
            found = connection.scalar(query)
        if found is None:
            raise ProductNotFound("The catalog has no product with a usable image.")
        return str(found)

    def forget_gone(self) -> None:
        """Drop what the version noted last holds no more: images that are gone or unreadable."""
        published = (
            select(versions.c.revision).order_by(versions.c.version.desc()).limit(1)
        ).scalar_subquery()
        settled = images.c.revision <= published
        unreadable = (images.c.status == "rejected") & images.c.width.is_not(None) & settled
        with writing(self.engine) as connection:
            connection.execute(delete(images).where(images.c.status == "gone", settled))
            connection.execute(  # so that who keeps sets of searchable images hears of it
                update(products)
                .where(products.c.product_id.in_(select(images.c.product_id).where(unreadable)))
                .values(revision=next_revision(connection))
            )
            connection.execute(update(images).where(unreadable).values(width=None, height=None))

    def last_version(self) -> int:
        """The highest version number ever recorded, 0 when there is none."""
        with self.engine.connect() as connection:
            return connection.scalar(select(func.max(versions.c.version))) or 0

    def published(self, count: int) -> list[datetime]:
        """When the last ``count`` versions were built, in UTC, the newest first."""
        query = select(versions.c.built_at).order_by(versions.c.version.desc()).limit(count)
        with self.engine.connect() as connection:
            return [one.replace(tzinfo=UTC) for one in connection.scalars(query)]

    def add_version(self, record: VersionRecord) -> None:
        """Note a version that is about to be published."""
        with writing(self.engine) as connection:
            connection.execute(insert(versions), [record.as_row()])
