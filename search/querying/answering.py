"""From what was found to the answer that is given."""

from collections.abc import Sequence
from time import perf_counter
from uuid import uuid4

from search.answers import Answer, Took
from search.catalog.filters.facets import Facet
from search.predictions.evidence import NEIGHBOURS
from search.querying.finding import Found
from search.querying.matches import results
from search.querying.queries import Asked
from search.querying.snapshot import Snapshot


def answered(
    now: Snapshot,
    asked: Asked,
    found: Found,
    facets: dict[str, Facet],
    confirmed: Sequence[tuple[str, float]],
    min_match: float,
    moments: tuple[float, float],
    request_id: str | None,
) -> Answer:
    """With what the nearest products, and the picture itself, say that it shows.

    ``confirmed`` are categories that people named and their scores, which vote too. Rows whose
    ``p_same`` is below ``min_match`` are left out. ``moments`` are when the question came and when
    its vector was there, in seconds of ``perf_counter``.
    """
    near = [(found.images[one.image_id].product, one.score) for one in found.nearest[:NEIGHBOURS]]
    shown = now.predictor.predict(asked.vectors, near, confirmed)
    matching = now.predictor.calibration.matching
    rows = results(found.rows, found.images, found.nearest, matching)
    start, embedded = moments
    return Answer(
        query=asked.query,
        categories=shown.categories,
        category=list(shown.category.levels),
        category_status=shown.category.status,
        attributes=shown.attributes,
        results=[one for one in rows if one.p_same is None or one.p_same >= min_match],
        facets=facets,
        index=now.state,
        took_ms=_took(start, asked.fetched, embedded),
        request_id=request_id or uuid4().hex,
    )


def _took(start: float, fetched: float, embedded: float) -> Took:
    done = perf_counter()
    parts = (fetched - start, embedded - fetched, done - embedded, done - start)
    return Took(*(round(1000 * seconds, 2) for seconds in parts))
