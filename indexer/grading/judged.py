"""What people said of answers, as further questions."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from indexer.grading.asking import Question, Source
from indexer.grading.probes import Kind
from indexer.tuning.labels import Row
from indexer.workbench import Workbench
from search.catalog.products import read_product
from search.errors import ProductNotFound
from search.feedback.queries import JudgedQueries, read_queries

_NOBODY = Row(-1, 0, "", "", "", "", {})
_JUDGED: Source = "judged"


def with_judged(questions: Sequence[Question], bench: Workbench) -> list[Question]:
    """The questions with judged queries shared out among them.

    A query whose result somebody called the same shows that product. One whose results were called
    wrong and none the same counts as one of a product that is not there. One whose category was
    named is of kind ``named``: of its product nothing is known. Queries for a product find itself:
    they are left out.
    """
    given = read_queries(bench.catalog.engine, bench.embedder.backbone.fingerprint)
    rows = [(at, row) for at, row in _rows(given, bench) if not given.asked[at]]
    return [
        _joined(one, given, rows[number :: len(questions)]) for number, one in enumerate(questions)
    ]


def _joined(question: Question, given: JudgedQueries, rows: Sequence[tuple[int, Row]]) -> Question:
    if not rows:
        return question
    kinds = [_kind(row, question) for _, row in rows]
    return replace(
        question,
        features=np.concatenate([question.features, given.features[[at for at, _ in rows]]]),
        rows=[*question.rows, *(row for _, row in rows)],
        kinds=[*question.kinds, *kinds],
        sources=[*question.sources, *[_JUDGED] * len(rows)],
    )


def _kind(row: Row, question: Question) -> Kind:
    if row.product_id:
        return "absent" if row.product_id in question.fold.missing else "product"
    return "named" if row.category else "absent"


def _rows(given: JudgedQueries, bench: Workbench) -> list[tuple[int, Row]]:
    """For each judged query the place of its features, and what it shows."""
    requests: defaultdict[str, list[int]] = defaultdict(list)
    for at, request_id in enumerate(given.request_ids):
        requests[request_id].append(at)
    found = []
    for places in requests.values():
        verdicts = {given.verdicts[at]: given.product_ids[at] for at in places}
        named = next((given.categories[at] for at in reversed(places) if given.categories[at]), "")
        row = _shown(verdicts.get("same", ""), bench)
        if row is not None:
            found.append((places[0], row))
        elif named:
            found.append((places[0], _NOBODY._replace(category=named)))
        elif "wrong" in verdicts and "same" not in verdicts:
            found.append((places[0], _NOBODY))
    return found


def _shown(product_id: str, bench: Workbench) -> Row | None:
    """A product that the catalog still has."""
    if not product_id:
        return None
    try:
        product = read_product(bench.catalog.engine, product_id).product
    except ProductNotFound:
        return None
    return Row(-1, 0, product_id, "", product.category, product.brand, product.attributes)
