"""The rows of a page, the nearest products of all, and what the catalog has of both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from search.catalog.records import CatalogImage
from search.predictions.evidence import NEIGHBOURS
from search.querying.queries import Asked
from search.querying.ranking import Group, Place, Ranking
from search.querying.records import RevisionRecords
from search.querying.snapshot import Snapshot
from search.vectors.ids import IdSet
from search.waiting import PATIENT, Waiter


@dataclass(frozen=True, eq=False, slots=True)
class Found:
    """``rows`` of a page; the ``nearest`` products, whatever the page, the filter and the grouping.

    ``images`` has those of the page and of the first ``NEIGHBOURS``, which vote.
    """

    rows: Sequence[Place]
    nearest: Sequence[Place]
    images: Mapping[int, CatalogImage]

    @property
    def first(self) -> tuple[str, float] | None:
        """The category of the nearest product and its score; None in an empty catalog."""
        best = next(iter(self.nearest), None)
        return best and (self.images[best.image_id].product.category, best.score)


def ranked(now: Snapshot, records: RevisionRecords, asked: Asked, allowed: IdSet | None) -> Ranking:
    """Everything, or what is allowed, by how much it is like what was asked."""
    each = now.manifest.images / max(now.manifest.products, 1)
    return Ranking(now.vectors, records, asked.vectors, allowed, asked.query.product_id, each)


def find_for(
    now: Snapshot,
    records: RevisionRecords,
    asked: Asked,
    allowed: IdSet | None,
    page: slice,
    group: Group,
    waiter: Waiter = PATIENT,
) -> Found:
    """The rows of what is allowed, None for everything; raises what ``waiter.begin`` raises."""
    everything = ranked(now, records, asked, None)
    if allowed is None and group == "product":
        return find(records, everything, None, page, group, waiter)
    narrowed = ranked(now, records, asked, allowed)
    return find(records, narrowed, everything, page, group, waiter)


def find(
    records: RevisionRecords,
    asked: Ranking,
    everything: Ranking | None,
    page: slice,
    group: Group,
    waiter: Waiter = PATIENT,
) -> Found:
    """Rank first, and read what is shown of the rows last: most of what is near is not shown.

    ``everything`` ranks the whole catalog where ``asked`` does not give its nearest products.
    Raises what ``waiter.begin`` raises.
    """
    while True:
        waiter.begin("search")
        rows = asked.rows(max(page.stop, NEIGHBOURS), group)
        nearest = rows if everything is None else everything.rows(NEIGHBOURS, "product")
        waiter.begin("hydrate")
        shown = {one.image_id for one in (*rows[page], *nearest[:NEIGHBOURS])}
        images = records.images(shown)
        gone = shown - images.keys()
        if not gone:
            return Found(rows[page], nearest, images)
        records.forget(gone)  # the catalog lost them since: others take their places
