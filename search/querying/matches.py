"""Whether each row of an answer is the product that the query shows."""

from collections.abc import Mapping, Sequence

from search.answers import Result
from search.catalog.records import CatalogImage
from search.predictions.evidence import NEIGHBOURS
from search.predictions.matching import Match, Matching, Nearest
from search.querying.ranking import Place


def results(
    rows: Sequence[Place],
    images: Mapping[int, CatalogImage],
    nearest: Sequence[Place],
    matching: Matching | None,
) -> list[Result]:
    """The rows with what is shown of them; without a ``matching`` not how likely they are the same.

    ``nearest`` are the first products of the whole catalog, whatever the filter and the page: what
    is likely of a row does not depend on those.
    """
    first = nearest[: NEIGHBOURS + 1]
    known = Nearest([one.product_id for one in first], [one.score for one in first])
    return [_result(row, images[row.image_id], known, matching) for row in rows]


def _result(row: Place, image: CatalogImage, nearest: Nearest, matching: Matching | None) -> Result:
    p: float | None = None
    match: Match | None = None
    if matching is not None:
        rank, margin = nearest.place(row.product_id, row.score)
        p = round(matching.p_same(rank, row.score, margin, image.product.category), 4)
        match = matching.match(p)
    colours = list(image.colours)
    return Result(
        row.product_id, row.score, row.image_id, image.source, image.product, p, match, colours
    )
