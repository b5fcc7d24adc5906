"""Feedback as it was given, for files and for people."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Engine, func, select

from search.arrays import Floats
from search.catalog.features import STORED
from search.catalog.paging import pages
from search.catalog.tables import feedback
from search.feedback.records import COLUMNS, VERDICTS, Feedback

_PAGE = 1_000


@dataclass(frozen=True, eq=False, slots=True)
class GivenFeedback:
    """One piece of feedback with the query's (dim,) float32 ``features`` by a ``backbone``."""

    feedback: Feedback
    backbone: str
    features: Floats


def read_feedback(engine: Engine) -> Iterator[GivenFeedback]:
    """All there is, in the order in which it was given, in bounded memory."""
    query = select(*COLUMNS, feedback.c.backbone, feedback.c.features)
    for page in pages(engine, query, feedback.c.feedback_id, _PAGE):
        for row in page:
            features = np.frombuffer(row.features, STORED).astype(np.float32)
            yield GivenFeedback(Feedback.of(row), row.backbone, features)


def count_feedback(engine: Engine) -> dict[str, int]:
    """How much there is of each verdict, and under ``category`` how many categories were named."""
    query = select(feedback.c.verdict, func.count()).group_by(feedback.c.verdict)
    with engine.connect() as connection:
        found = {row[0] or "category": row[1] for row in connection.execute(query)}
    return {kind: found.get(kind, 0) for kind in (*VERDICTS, "category")}
