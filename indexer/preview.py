"""What a build would do, without doing any of it."""

import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, select

from indexer.build import BuildOptions, live_model
from indexer.ingesting.reading import Reader
from indexer.progress import Steps
from indexer.sources import opened, read_rows
from search.catalog.catalog import Catalog
from search.catalog.database import by_bytes, sqlite_url
from search.catalog.features import FeatureStore
from search.catalog.opening import is_empty
from search.catalog.places import catalog_url, has_catalog
from search.catalog.records import ImageRef
from search.catalog.syncing.comparing import compare, kept_images, new_images
from search.catalog.syncing.staging import staged
from search.catalog.syncing.temporary import missing_products, touched_products
from search.embedding.backbones import load_model
from search.fetching.fetcher import Fetcher
from search.sources import is_url
from search.uploads import ImagePlaces
from search.versions import IndexFolder

_EXAMPLES = 20
_CHUNK = 1_024


@dataclass(frozen=True, slots=True)
class Examples:
    """Ids of at most 20 products of each kind."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """How a file differs from an index; the first four count products.

    ``to_embed`` contents of local files are new and ``to_fetch`` URLs are to be read; how many of
    them are no pictures is not known. ``rejected`` rows and images would be turned away, and
    ``refused`` says that the file takes away more than it may without ``--allow-shrink``.
    """

    added: int
    changed: int
    removed: int
    unchanged: int
    to_embed: int
    to_fetch: int
    rejected: int
    refused: bool
    examples: Examples


def preview(file: Path, index: Path, options: BuildOptions, steps: Steps) -> Difference:
    """What ``build`` with the same arguments would find; nothing is changed or made.

    Raises CatalogFileError, IndexNotFound (the catalog is of another release) or ModelError.
    """
    folder = IndexFolder(index)
    backbone = load_model(options.model or live_model(folder))
    rows = steps.count("Catalog rows", opened(read_rows(file)))
    with (
        _catalog(folder, options.backends.catalog) as catalog,
        staged(catalog.engine, rows, lambda _: None) as found,
        Fetcher(allow=options.fetch_allow) as fetcher,
    ):
        with found.connection.begin():
            changes = compare(found.connection, found.seen)
        reader = Reader(ImagePlaces(file.parent, index), fetcher, backbone.preprocessing)
        store = FeatureStore(catalog.engine, backbone.fingerprint, backbone.dim)
        todo = _Todo(reader, store)
        with found.connection.begin():
            todo.add_all(found.connection, backbone.fingerprint)
            examples = _examples(found.connection)
    return Difference(
        **asdict(changes),
        to_embed=len(todo.contents),
        to_fetch=todo.urls,
        rejected=found.rejected + todo.unreadable,
        refused=changes.shrinks and not options.allow_shrink,
        examples=examples,
    )


@contextmanager
def _catalog(folder: IndexFolder, named: str | None) -> Iterator[Catalog]:
    """The index's own, or an empty one elsewhere."""
    url = catalog_url(folder, named)
    with tempfile.TemporaryDirectory() as scratch:
        if has_catalog(folder, named) and not is_empty(url):
            catalog = Catalog.open(url)
        else:
            catalog = Catalog.create(sqlite_url(Path(scratch) / "catalog.sqlite"))
        with closing(catalog):
            yield catalog


def _examples(connection: Connection) -> Examples:
    def ids(table: Table, *conditions: Any) -> tuple[str, ...]:
        name = table.c.product_id
        query = select(name).where(*conditions).order_by(by_bytes(connection, name))
        return tuple(connection.scalars(query.limit(_EXAMPLES)))

    is_new = touched_products.c.is_new
    return Examples(
        ids(touched_products, is_new), ids(touched_products, ~is_new), ids(missing_products)
    )


class _Todo:
    """The images that a build would have to read."""

    def __init__(self, reader: Reader, store: FeatureStore) -> None:
        self._reader = reader
        self._store = store
        self.contents: set[str] = set()
        self.urls = 0
        self.unreadable = 0

    def add_all(self, connection: Connection, backbone: str) -> None:
        """Look at every image that the compared file names."""
        chunked = {"yield_per": _CHUNK}
        for rows in connection.execute(new_images(), execution_options=chunked).partitions():
            self._add([ImageRef(0, product_id, source, 0) for product_id, source in rows])
        kept = connection.execute(kept_images(backbone), execution_options=chunked)
        for rows in kept.partitions():
            self._add([ImageRef._make(row) for row in rows])

    def _add(self, refs: list[ImageRef]) -> None:
        digests = {
            digest
            for ref in refs
            if not self._reader.is_unchanged(ref) and (digest := self._digest(ref))
        }
        self.contents |= digests - self._store.known(digests)

    def _digest(self, ref: ImageRef) -> str | None:
        if is_url(ref.source):
            self.urls += 1
            return None
        if ref.image_id and ref.sha256 is None:  # it may be one that was rejected: decode it
            digest = self._reader.read(ref).reading.sha256
        else:
            digest = self._reader.digest(ref.source)
        self.unreadable += digest is None
        return digest
