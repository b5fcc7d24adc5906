"""The rows of a page, the nearest products of all, and what the catalog has of both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from search.catalog.catalog import Catalog
from search.catalog.records import CatalogImage
from search.predictions.evidence import NEIGHBOURS
from search.querying.owners import Owners
from search.querying.ranking import Group, Place, Ranking


@dataclass(frozen=True, eq=False, slots=True)
class Found:
    """``rows`` of a page; the ``nearest`` products, whatever the page, the filter and the grouping.

    ``images`` has those of the page and of the first ``NEIGHBOURS``, which vote.
    """

    rows: Sequence[Place]
    nearest: Sequence[Place]
    images: Mapping[int, CatalogImage]


def find(
    catalog: Catalog,
    owners: Owners,
    asked: Ranking,
    everything: Ranking | None,
    page: slice,
    group: Group,
) -> Found:
    """Rank first, and read what is shown of the rows last: most of what is near is not shown.

    ``everything`` ranks the whole catalog where ``asked`` does not give its nearest products.
    """
    while True:
        rows = asked.rows(max(page.stop, NEIGHBOURS), group)
        nearest = rows if everything is None else everything.rows(NEIGHBOURS, "product")
        shown = {one.image_id for one in (*rows[page], *nearest[:NEIGHBOURS])}
        images = catalog.images(list(shown))
        unread = {one.image_id for one in rows} - shown
        gone = (shown - images.keys()) | (unread - catalog.names(list(unread)).keys())
        if not gone:
            return Found(rows[page], nearest, images)
        owners.forget(gone)  # the catalog lost them since: others take their places
