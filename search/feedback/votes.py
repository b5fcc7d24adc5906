"""Categories that people named, as further neighbours for later queries."""

from dataclasses import dataclass, replace
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

    Never changes; ``newest`` is the last feedback that it has seen.
    """

    backbone: str
    head: Head
    newest: int
    categories: tuple[str, ...]
    vectors: Floats

    @classmethod
    def load(cls, engine: Engine, backbone: str, head: Head) -> Self:
        """Of the catalog's feedback with features of the backbone of that fingerprint."""
        newest, _ = _since(engine, 0)
        features, categories = confirmed_queries(engine, backbone)
        vectors = head.apply(features) if categories else features
        return cls(backbone, head, newest, tuple(categories), vectors)

    def caught_up(self, engine: Engine) -> Self:
        """This one, or one with the categories that were named since.

        Only feedback that was not seen yet is looked at, and verdicts change nothing.
        """
        newest, is_named = _since(engine, self.newest)
        if is_named:
            return self.load(engine, self.backbone, self.head)
        return self if newest == self.newest else replace(self, newest=newest)

    def votes(self, vectors: Floats, k: int) -> list[tuple[str, float]]:
        """(category, cosine) of the k nearest to any of a query's (n, d) unit vectors, best first.

        They vote along with the nearest products, see ``Predictor.predict``.
        """
        if not self.categories:
            return []
        scores = (self.vectors @ vectors.T).max(axis=1)
        best = np.argsort(-scores, kind="stable")[:k]
        return [(self.categories[one], float(scores[one])) for one in best]


def _since(engine: Engine, seen: int) -> tuple[int, bool]:
    """The last feedback, and whether any after the one that was ``seen`` names a category."""
    named = func.max(feedback.c.category)
    query = select(func.max(feedback.c.feedback_id), named).where(feedback.c.feedback_id > seen)
    with engine.connect() as connection:
        newest, category = connection.execute(query).one()
    return newest or seen, bool(category)
