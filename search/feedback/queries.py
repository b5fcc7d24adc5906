"""Judged queries as arrays, for calibration, evaluation and votes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Engine, select

from search.arrays import Floats
from search.catalog.features import STORED
from search.catalog.tables import feedback
from search.feedback.taxonomy import has_category

MOST = 10_000
"""So many are read, the newest: 50 MB of features."""


@dataclass(frozen=True, eq=False, slots=True)
class JudgedQueries:
    """Feedback row by row, in the order in which it was given.

    ``features`` is (n, dim) float32; the lists have n entries. A row has a verdict (``same``,
    ``similar``, ``wrong``) of a product, or a category; the others are empty. ``asked`` is the
    product that was asked for, empty for a picture: it must not be counted as found.
    """

    features: Floats
    request_ids: list[str]
    asked: list[str]
    product_ids: list[str]
    verdicts: list[str]
    categories: list[str]

    def __len__(self) -> int:
        return len(self.request_ids)


def read_queries(engine: Engine, backbone: str) -> JudgedQueries:
    """The newest ``MOST`` rows whose features are of the backbone of that fingerprint."""
    rows = _newest(engine, feedback.c.backbone == backbone)
    return JudgedQueries(
        features=_stacked(rows),
        request_ids=[row.request_id for row in rows],
        asked=[row.asked or "" for row in rows],
        product_ids=[row.product_id for row in rows],
        verdicts=[row.verdict for row in rows],
        categories=[row.category for row in rows],
    )


def confirmed_queries(engine: Engine, backbone: str) -> tuple[Floats, list[str]]:
    """(n, dim) float32 features of queries, and the category that people say each shows.

    Those of the newest ``MOST`` whose category the catalog still has; a (0, 0) array when there
    are none.
    """
    rows = _newest(engine, feedback.c.backbone == backbone, feedback.c.category != "")
    with engine.connect() as connection:
        there = {path for path in {row.category for row in rows} if has_category(connection, path)}
    kept = [row for row in rows if row.category in there]
    return _stacked(kept), [row.category for row in kept]


def other_requests(engine: Engine, backbone: str) -> list[str]:
    """The requests that were judged with features of other backbones; ``MOST`` of them."""
    other = feedback.c.backbone != backbone
    query = select(feedback.c.request_id).where(other).distinct().limit(MOST)
    with engine.connect() as connection:
        return sorted(connection.scalars(query))


def _newest(engine: Engine, *conditions: ColumnElement[bool]) -> list[Any]:
    query = select(feedback).where(*conditions).order_by(feedback.c.feedback_id.desc()).limit(MOST)
    with engine.connect() as connection:
        return list(reversed(connection.execute(query).all()))


def _stacked(rows: Sequence[Any]) -> Floats:
    if not rows:
        return np.empty((0, 0), np.float32)
    data = np.frombuffer(b"".join(row.features for row in rows), STORED)
    return data.reshape(len(rows), -1).astype(np.float32)
