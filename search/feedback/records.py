"""What was said of an answer, as it is stored and given."""

from dataclasses import dataclass
from datetime import UTC
from typing import Any, Literal, Self, get_args

from search.catalog.tables import feedback

Verdict = Literal["same", "similar", "wrong"]

VERDICTS: tuple[Verdict, ...] = get_args(Verdict)


@dataclass(frozen=True, slots=True)
class Feedback:
    """What somebody said of one answer: a ``verdict`` of a result, or the query's ``category``.

    ``product_id`` is the result, ``score`` the one that it was shown with: both are None with a
    category. ``version`` gave the answer; ``asked`` is the product that was asked for, None for a
    picture. ``given_at`` is UTC in ISO 8601.
    """

    feedback_id: int
    given_at: str
    request_id: str
    product_id: str | None
    verdict: Verdict | None
    category: str | None
    score: float | None
    version: int
    asked: str | None

    @classmethod
    def of(cls, row: Any) -> Self:
        """From a row that has ``COLUMNS``; what is empty there is None here."""
        return cls(
            feedback_id=row.feedback_id,
            given_at=row.given_at.replace(tzinfo=UTC).isoformat(timespec="milliseconds"),
            request_id=row.request_id,
            product_id=row.product_id or None,
            verdict=row.verdict or None,
            category=row.category or None,
            score=row.score,
            version=row.version,
            asked=row.asked,
        )


COLUMNS = [feedback.c[name] for name in Feedback.__dataclass_fields__]
"""Of the table, in the order of the fields."""
