"""Categories that people named, as further neighbours for later queries."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from sqlalchemy import Engine, func, select

from search.arrays import Floats
from search.catalog.tables import feedback
from search.embedding.head import Head
from search.feedback.queries import confirmed_queries


@dataclass(frozen=True, eq=False, slots=True)
class ConfirmedVotes:
    """Queries whose category people named, as unit ``vectors`` (n, d) under one head.

    Never changes; ``newest`` is the last feedback that it knows of.
    """

    backbone: str
    head: Head
    newest: int
    categories: tuple[str, ...]
    vectors: Floats

    @classmethod
    def load(cls, engine: Engine, backbone: str, head: Head) -> Self:
        """Of the catalog's feedback with features of the backbone of that fingerprint."""
        newest = _newest(engine)
        features, categories = confirmed_queries(engine, backbone)
        vectors = head.apply(features) if categories else features
        return cls(backbone, head, newest, tuple(categories), vectors)

    def caught_up(self, engine: Engine) -> Self:
        """This one, or one with the feedback that was given since; the former costs no time."""
        if _newest(engine) == self.newest:
            return self
        return self.load(engine, self.backbone, self.head)

    def votes(self, vectors: Floats, k: int) -> list[tuple[str, float]]:
        """(category, cosine) of the k nearest to any of a query's (n, d) unit vectors, best first.

        They can be voted with like neighbours in the catalog (see ``Snapshot.predict``).
        """
        if not self.categories:
            return []
        scores = (self.vectors @ vectors.T).max(axis=1)
        best = np.argsort(-scores, kind="stable")[:k]
        return [(self.categories[one], float(scores[one])) for one in best]


def _newest(engine: Engine) -> int:
    with engine.connect() as connection:
        return connection.scalar(select(func.max(feedback.c.feedback_id))) or 0
