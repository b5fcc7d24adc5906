"""Whether each row of an answer is the product that the query shows."""

from collections.abc import Sequence
from dataclasses import replace

from search.answers import Result
from search.predictions.evidence import NEIGHBOURS
from search.predictions.matching import Matching, Nearest


def matched(
    rows: Sequence[Result], nearest: Sequence[Result], matching: Matching | None
) -> list[Result]:
    """The rows with ``p_same`` and ``match``; as they are without a ``matching``.

    ``nearest`` are the first products of the whole catalog, whatever the filter and the page: what
    is likely of a row does not depend on those.
    """
    if matching is None:
        return list(rows)
    first = nearest[: NEIGHBOURS + 1]
    known = Nearest([one.product_id for one in first], [one.score for one in first])
    return [_matched(row, known, matching) for row in rows]


def _matched(row: Result, nearest: Nearest, matching: Matching) -> Result:
    rank, margin = nearest.place(row.product_id, row.score)
    p = round(matching.p_same(rank, row.score, margin, row.product.category), 4)
    return replace(row, p_same=p, match=matching.match(p))
