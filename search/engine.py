"""The query journey: a picture or a product in, its look-alikes out."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from time import perf_counter
from typing import Self

from search.answers import Answer, IndexState
from search.arrays import Floats
from search.catalog.catalog import Catalog
from search.catalog.filters.grammar import parse
from search.catalog.filters.selection import Selection
from search.catalog.places import open_catalog
from search.catalog.products import read_product
from search.catalog.records import CatalogImage, StoredProduct
from search.embedding.embedder import Embedder
from search.embedding.runtimes import RuntimeName
from search.explaining.journey import Explained, Explainer
from search.feedback.records import Feedback
from search.feedback.writing import FeedbackWriter
from search.fetching.fetcher import Fetcher
from search.images import ImageSource, Picture
from search.notebook import Pictures
from search.peers import Peers
from search.querying.answering import answered, predicted
from search.querying.finding import find_for
from search.querying.following import LiveIndex
from search.querying.limits import check_match, check_page
from search.querying.queries import Queries
from search.querying.ranking import Group
from search.querying.records import Records
from search.regions import Box, Detect
from search.uploads import ImagePlaces
from search.vectors.places import vectors_address
from search.versions import IndexFolder
from search.versions.manifest import Manifest
from search.waiting import PATIENT, Waiter
from search.writing import Writer

_PROMPT = 0.8
"""Seconds within which a vector server must answer to be there."""


class SearchEngine:
    """An index, ready to answer; safe to use from many threads.

    It answers from what was there when it was opened or refreshed last, and from its own changes.
    """

    def __init__(
        self,
        folder: IndexFolder,
        live: LiveIndex,
        catalog: Catalog,
        fetcher: Fetcher,
        peers: Peers | None = None,
    ) -> None:
        self._folder = folder
        self._live = live
        self._catalog = catalog
        self._fetcher = fetcher
        self._records = Records(catalog)
        self._queries = Queries(fetcher, peers)
        self._selection = Selection(catalog.engine)
        self._feedback = FeedbackWriter(catalog.engine, peers)

    @classmethod
    def open(
        cls,
        index: str | Path = "index",
        model: str | None = None,
        runtime: RuntimeName = "auto",
        fetch_allow: Sequence[str] = (),
        version: int | None = None,
        peers: Peers | None = None,
        with_model: bool = False,
        catalog: str | None = None,
        vectors: str | None = None,
    ) -> Self:
        """Open the live version of an index folder, or for good the ``version`` of that number.

        ``fetch_allow`` names hosts or networks that image URLs may reach although they are not
        public. ``with_model`` starts the network meanwhile, rather than with the first picture.
        What ``peers`` have answered can be asked again, and judged, here too. ``catalog`` is the
        URL of the catalog's database and ``vectors`` that of the vectors in Milvus, by default
        those that the index was built with. Raises IndexNotFound, VersionNotFound, IndexDamaged,
        IndexMismatch (``model``, or what its specification loads today, or the catalog is not what
        the version was made with), CatalogUnreachable, VectorsUnavailable, BadVectorsUrl or
        ModelError.
        """
        folder = IndexFolder(Path(index))
        folder.require_live()
        address = vectors_address(folder, vectors)
        opened = open_catalog(folder, catalog)
        try:
            live = LiveIndex(
                folder, opened.engine, model, runtime, version, address, with_model=with_model
            )
        except BaseException:
            opened.close()
            raise
        return cls(folder, live, opened, Fetcher(allow=fetch_allow), peers)

    def close(self) -> None:
        """Close the catalog's and the fetcher's connections."""
        self._catalog.close()
        self._fetcher.close()

    def similar(
        self,
        source: ImageSource | None = None,
        *,
        product_id: str | None = None,
        image_id: str | None = None,
        k: int = 10,
        offset: int = 0,
        box: Box | None = None,
        detect: Detect = "auto",
        filter: Sequence[str] = (),
        facets: Sequence[str] = (),
        group: Group = "product",
        min_match: float = 0.0,
        features: Floats | None = None,
        request_id: str | None = None,
        waiter: Waiter = PATIENT,
    ) -> Answer:
        """The products most like a picture, or like a product of the catalog.

        ``source`` is a path, an http(s) URL, bytes, a PIL image or an (h, w, 3) uint8 array;
        ``image_id`` is from the ``query`` of an earlier answer; ``features`` is (n, dim), what the
        version's backbone gave for one thing's pictures earlier: then categories that people named
        do not count, since they may be of that thing. ``box`` is the region to search for: x1, y1,
        x2, y2 in pixels of the upright picture; without one, and unless ``detect`` is ``off``, the
        answer's ``query.objects`` are what stands out in it. Rows ``offset`` to ``offset + k`` are
        given, of what passes every ``filter`` (like ``price:..50``, see
        ``search.catalog.filters.grammar``); ``group`` is ``product`` (its best image) or ``image``;
        rows whose ``p_same`` is below ``min_match`` are left out. The indexed image itself comes
        first. ``feedback`` knows the answer by ``request_id``, by default a new one. The ``waiter``
        is told of every stage and may stop waiting: what it raises ends the work.

        Raises InvalidImage, FetchError, ProductNotFound, QueryForgotten, BadFilter, BadParameter,
        or NotCalibrated for a ``min_match`` where the version knows no ``p_same``.
        """
        start = perf_counter()
        check_page(k, offset)
        now = self._live.now
        check_match(min_match, now.predictor.calibration, now.manifest.version)
        wanted = parse(filter)
        records = self._records.at(now.revision)
        what = source, product_id, image_id, box, features
        asked = self._queries.ask(now, records, *what, waiter, detect=detect == "auto")
        embedded = perf_counter()
        allowed = self._selection.allowed(wanted, now.revision, waiter) if filter else None
        wanted_rows = allowed, slice(offset, offset + k), group, waiter
        found = find_for(now, records, asked, *wanted_rows)
        region = now.regions.chosen(asked.query.objects, found.first)
        if region is not None:
            asked = self._queries.part(now, asked, region, waiter)
            found = find_for(now, records, asked, *wanted_rows)
        counts = self._selection.facets(wanted, facets, now.revision, waiter) if facets else {}
        waiter.begin("predict")
        shown = predicted(now, asked, found, by_people=features is None)
        took = start, embedded
        answer = answered(now, asked, found, counts, shown, min_match, took, request_id)
        answer.show_with(Pictures(self._places(), self._queries.picture))
        self._feedback.remember(answer, now.embedder.backbone.fingerprint, asked.features)
        return answer

    def explain(
        self,
        source: ImageSource | None = None,
        *,
        result: str,
        product_id: str | None = None,
        image_id: str | None = None,
        box: Box | None = None,
        filter: Sequence[str] = (),
        waiter: Waiter = PATIENT,
    ) -> Explained:
        """Why the product ``result`` is like what is asked, and what follows it in the ranking.

        The question is that of ``similar``; ``box`` is the answer's ``query.box``. Raises what that
        raises, and ProductNotFound for a result that has no image in the index.
        """
        now = self._live.now
        records = self._records.at(now.revision)
        wanted = parse(filter)
        asked = self._queries.ask(now, records, source, product_id, image_id, box, waiter=waiter)
        allowed = self._selection.allowed(wanted, now.revision, waiter) if filter else None
        explainer = Explainer(now, records, self._places(), self._fetcher)
        return explainer.explain(asked, self._queries.side(now, asked), result, allowed)

    def feedback(
        self,
        request_id: str,
        *,
        product_id: str | None = None,
        verdict: str | None = None,
        category: str | None = None,
    ) -> Feedback:
        """Store what somebody says of an answer that this engine gave within the last hour.

        Either a ``verdict`` (``same``, ``similar`` or ``wrong``) of ``product_id``, one of the
        answer's results, or the ``category`` that the query shows, one that the catalog has. It is
        durable when this returns, with the query's features, and without its picture, and this
        engine's next answer knows of a category. The same said again replaces what was said before.
        Raises AnswerForgotten, NotAResult, UnknownCategory, BadParameter, IndexReadOnly, or
        ProductNotFound when the product that was asked for is gone.
        """
        given = self._feedback.give(request_id, product_id, verdict, category)
        self._live.catch_up()
        return given

    def upsert(self, product: Mapping[str, object], files: Sequence[bytes] = ()) -> StoredProduct:
        """Add a product, or replace all that is known of it.

        ``product`` is one row of a catalog file: ``product_id``, ``image`` (http(s) URLs, or paths
        below the catalog's folder), any other column. ``files`` are further images. With neither
        ``image`` nor files a product keeps the images that it has. What is returned is durable,
        and the engine's next answer shows it; the next build from a file that does not name the
        product removes it. Raises InvalidProduct, InvalidImage, FetchError or IndexReadOnly, and
        then nothing has changed.
        """
        product_id = self._writer().upsert(self._live.now.embedder, product, files)
        self._live.catch_up()
        return self.product(product_id)

    def delete(self, product_id: str) -> None:
        """Remove a product: no later answer shows it. Raises ProductNotFound or IndexReadOnly."""
        self._writer().delete(product_id)
        self._live.catch_up()

    def product(self, product_id: str) -> StoredProduct:
        """What the catalog has of a product; raises ProductNotFound."""
        return read_product(self._catalog.engine, product_id)

    def products(self, k: int = 10, offset: int = 0) -> list[CatalogImage]:
        """Products that can be found, by their ids: each with its first image.

        Raises BadParameter for a page that is out of bounds.
        """
        check_page(k, offset)
        return self._catalog.first_images(k, offset)

    def mixed_products(self, k: int = 10, offset: int = 0) -> tuple[list[CatalogImage], int]:
        """The same in an order that mixes them, and the offset of the next page, -1 at the end.

        Raises BadParameter for a page that is out of bounds.
        """
        check_page(k, offset)
        return self._catalog.mixed_images(k, offset)

    def query_picture(self, image_id: str, at_least: int) -> Picture:
        """The picture of an answer's ``query.image_id``, perhaps reduced; raises QueryForgotten."""
        return self._queries.picture(image_id, at_least)

    def refresh(self) -> None:
        """Catch up with the live version and the catalog, whoever changed them.

        Costs a millisecond when nothing changed. Raises what ``open`` raises; the engine then
        goes on answering from what it had.
        """
        self._live.refresh()

    def check(self) -> None:
        """Raises SQLAlchemyError when the catalog cannot be read now, or VectorsUnavailable."""
        self._catalog.revision()
        self._live.now.vectors.check(_PROMPT)

    @property
    def embedder(self) -> Embedder:
        """Of the version that answers."""
        return self._live.now.embedder

    @property
    def state(self) -> IndexState:
        """Which version answers."""
        return self._live.now.state

    @property
    def manifest(self) -> Manifest:
        """What the version that answers was made of."""
        return self._live.now.manifest

    def counts(self) -> tuple[int, int]:
        """How many products and how many images can be found now."""
        return self._catalog.counts()

    def catalog_path(self, source: str) -> Path:
        """The file of a source that is no URL; raises InvalidImage if it leaves its folder."""
        return self._places().path(source)

    def image(self, image_id: int) -> CatalogImage | None:
        """A usable image of the catalog, None when there is none of that id."""
        return self._catalog.images([image_id]).get(image_id)

    def _places(self) -> ImagePlaces:
        return ImagePlaces(Path(self._live.now.manifest.image_root), self._folder.path)

    def _writer(self) -> Writer:
        return Writer(self._catalog, self._places(), self._fetcher)
