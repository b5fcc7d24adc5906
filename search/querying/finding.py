"""The rows of a page, the nearest products of all, and what the catalog has of both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from search.catalog.records import CatalogImage
from search.predictions.evidence import NEIGHBOURS
from search.querying.ranking import Group, Place, Ranking
from search.querying.records import RevisionRecords


@dataclass(frozen=True, eq=False, slots=True)
class Found:
    """``rows`` of a page; the ``nearest`` products, whatever the page, the filter and the grouping.

    ``images`` has those of the page and of the first ``NEIGHBOURS``, which vote.
    """

    rows: Sequence[Place]
    nearest: Sequence[Place]
    images: Mapping[int, CatalogImage]


def find(
    records: RevisionRecords,
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
        images = records.images(shown)
        gone = shown - images.keys()
        if not gone:
            return Found(rows[page], nearest, images)
        records.forget(gone)  # the catalog lost them since: others take their places
