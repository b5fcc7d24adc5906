"""Ask an index again what people judged: how often is it right by what they said?"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from indexer.asking import Failure, is_in_catalog, open_engine
from indexer.evaluating.figures import summarize
from indexer.evaluating.judging import Judged, Standard, place_of
from indexer.evaluating.records import Evaluation
from indexer.progress import Steps
from indexer.requirements import Requirement
from search.arrays import Floats
from search.backends import REMEMBERED, Backends
from search.catalog.places import open_catalog
from search.engine import SearchEngine
from search.errors import NoFeedback, ProductNotFound
from search.feedback.queries import JudgedQueries, other_requests, read_queries
from search.querying.limits import MOST_RESULTS
from search.versions import IndexFolder


@dataclass(frozen=True, eq=False, slots=True)
class PeoplesQuery:
    """What was asked, and all that people said of its answer.

    ``features`` are (dim,) rows: several of a product that was ``asked`` for. ``verdicts`` are by
    product; ``category`` is empty when nobody named one.
    """

    request_id: str
    asked: str
    features: list[Floats] = field(default_factory=list)
    verdicts: dict[str, str] = field(default_factory=dict)
    category: str = ""


def evaluate_feedback(
    index: Path,
    requirements: Sequence[Requirement],
    steps: Steps,
    backends: Backends = REMEMBERED,
) -> Evaluation:
    """Judge the live version's answers to the queries that people judged.

    Feedback on answers of another model is noted and left out. Raises NoFeedback when nothing is
    left, and what ``SearchEngine.open`` raises.
    """
    with (
        open_engine(index, backends) as engine,
        closing(open_catalog(IndexFolder(index), backends.catalog)) as catalog,
    ):
        backbone = engine.embedder.backbone.fingerprint
        asked = list(grouped(read_queries(catalog.engine, backbone)))
        if not asked:
            raise NoFeedback(
                f"Nobody has judged an answer of the index '{index}' and its model yet; "
                "POST /feedback takes what people say."
            )
        reason = f"it was judged under another model than {engine.state.model}"
        failed = [Failure(_name(one), reason) for one in other_requests(catalog.engine, backbone)]
        step = steps.start("Queries", len(asked))
        judged = []
        for one in asked:
            judged.append(_judged(one, engine))
            step(1)
        return summarize(engine.state, judged, failed, requirements, "queries")


def grouped(given: JudgedQueries) -> Iterator[PeoplesQuery]:
    """Each query once: the same request for the same picture, or the same product."""
    groups: defaultdict[tuple[str, object], list[int]] = defaultdict(list)
    for row, (request, asked) in enumerate(zip(given.request_ids, given.asked, strict=True)):
        groups[request, asked or given.features[row].tobytes()].append(row)
    for (request, _), rows in groups.items():
        query = PeoplesQuery(request, given.asked[rows[0]], [given.features[one] for one in rows])
        for one in rows:
            if given.verdicts[one]:
                query.verdicts[given.product_ids[one]] = given.verdicts[one]
        named = [given.categories[one] for one in rows if given.categories[one]]
        yield replace(query, category=named[-1] if named else "")


def _judged(query: PeoplesQuery, engine: SearchEngine) -> Judged:
    """A product that was asked for is not counted as found."""
    features = np.unique(np.stack(query.features), axis=0)
    answer = engine.similar(features=features, k=MOST_RESULTS)
    others = [one for one in answer.results if one.product_id != query.asked]
    answer = replace(answer, results=others)
    same = {
        one
        for one, verdict in query.verdicts.items()
        if verdict == "same" and one != query.asked and is_in_catalog(one, engine)
    }
    judged = Judged.of(
        _picture(query, engine), query.category, answer, Standard.any_of(same), engine
    )
    if not query.verdicts:
        return judged
    first = others[0].product_id if others else ""
    return replace(judged, is_rejected=query.verdicts.get(first) == "wrong")


def _picture(query: PeoplesQuery, engine: SearchEngine) -> str:
    """Of a product that is still there; pictures that were asked about are not kept."""
    try:
        images = engine.product(query.asked).images if query.asked else ()
    except ProductNotFound:
        images = ()
    return place_of(images[0].source, engine) if images else _name(query.request_id)


def _name(request_id: str) -> str:
    return f"request {request_id}"
