"""From what was found to the answer that is given."""

from time import perf_counter
from uuid import uuid4

from search.answers import Answer, Took
from search.catalog.filters.facets import Facet
from search.predictions.evidence import NEIGHBOURS
from search.predictions.predictor import Prediction
from search.querying.finding import Found
from search.querying.matches import results
from search.querying.queries import Asked
from search.querying.snapshot import Snapshot


def predicted(now: Snapshot, asked: Asked, found: Found, *, by_people: bool = True) -> Prediction:
    """What the picture shows, by itself and by the nearest products, which vote.

    ``by_people``: so do pictures whose category people named.
    """
    near = [(found.images[one.image_id].product, one.score) for one in found.nearest[:NEIGHBOURS]]
    named = now.confirmed.votes(asked.vectors, NEIGHBOURS) if by_people else ()
    return now.predictor.predict(asked.vectors, near, named)


def answered(
    now: Snapshot,
    asked: Asked,
    found: Found,
    facets: dict[str, Facet],
    shown: Prediction,
    min_match: float,
    moments: tuple[float, float],
    request_id: str | None,
) -> Answer:
    """``shown`` is what is predicted; rows whose ``p_same`` is below ``min_match`` are left out.

    ``moments`` are when the question came and when its vector was there, in seconds of
    ``perf_counter``.
    """
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
