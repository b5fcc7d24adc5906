"""Answers that may still be judged: in memory only, and not for long."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import monotonic
from typing import NamedTuple, Self

from search.answers import Answer
from search.arrays import Floats
from search.catalog.features import STORED
from search.errors import AnswerForgotten
from search.peers import Peers
from search.remembering import Recent

LIFETIME = 3600.0
"""Seconds for which an answer may be judged."""

MEMORY = 64_000_000
"""Bytes that all answers together may take: some 12,000 of ten results each."""

_RESULT_BYTES = 225
"""What one result takes, about."""


class ShownResult(NamedTuple):
    """The score that a product was shown with, and its image that had it."""

    score: float
    image_id: int


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """What must be known of an answer to judge it.

    ``features`` are the picture's, as the catalog stores them, None when a product was
    ``asked`` for: the catalog has its features. ``results`` are by product.
    """

    version: int
    backbone: str
    asked: str | None
    features: bytes | None
    results: Mapping[str, ShownResult]

    @classmethod
    def of(cls, answer: Answer, backbone: str, features: Floats | None) -> Self:
        """``features`` is (1, dim) of the picture, by the backbone of that fingerprint."""
        results: dict[str, ShownResult] = {}
        for one in answer.results:  # a product's best image comes first
            results.setdefault(one.product_id, ShownResult(one.score, one.image_id))
        stored = None if features is None else features.astype(STORED).tobytes()
        return cls(answer.index.version, backbone, answer.query.product_id, stored, results)

    @property
    def bytes(self) -> int:
        """What it takes in memory, about."""
        return len(self.features or b"") + _RESULT_BYTES * (1 + len(self.results))


class RecentAnswers:
    """The answers by their request; of several with the same id the last one counts."""

    def __init__(self, clock: Callable[[], float] = monotonic, peers: Peers | None = None) -> None:
        self._recent: Recent[GivenAnswer] = Recent("answers", LIFETIME, MEMORY, clock, peers)

    def keep(self, request_id: str, answer: GivenAnswer) -> None:
        """For as long as there is time and room."""
        self._recent.keep(request_id, answer, answer.bytes)

    def get(self, request_id: str) -> GivenAnswer:
        """Raises AnswerForgotten when it was never there or is there no more."""
        found = self._recent.get(request_id)
        if found is None:
            raise AnswerForgotten(
                f"The answer '{request_id[:80]}' is not known here any more (answers are kept for "
                f"{LIFETIME / 60:g} minutes at most, by the server that gave them); ask again and "
                "judge the new answer."
            )
        return found
