"""Feedback is checked against the answer that it is about, and on the disk when that is said."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, select

from search.answers import Answer
from search.arrays import Floats
from search.catalog.database import require_writable, writing
from search.catalog.rows import values
from search.catalog.tables import feedback
from search.errors import BadParameter, NotAResult, UnknownCategory
from search.feedback.answers import GivenAnswer, RecentAnswers, ShownResult
from search.feedback.records import COLUMNS, VERDICTS, Feedback
from search.feedback.taxonomy import has_category
from search.feedback.views import product_features
from search.peers import Peers


class FeedbackWriter:
    """Remembers the answers that were given, and stores what is said of them."""

    def __init__(self, engine: Engine, peers: Peers | None = None) -> None:
        self._engine = engine
        self._answers = RecentAnswers(peers=peers)

    def remember(self, answer: Answer, backbone: str, features: Floats | None) -> None:
        """Let the answer be judged; ``features`` (1, dim) are its picture's, if it was one."""
        self._answers.keep(answer.request_id, GivenAnswer.of(answer, backbone, features))

    def give(
        self, request_id: str, product_id: str | None, verdict: str | None, category: str | None
    ) -> Feedback:
        """Raises what ``SearchEngine.feedback`` raises."""
        path = _checked(product_id, verdict, category)
        require_writable(self._engine)
        answer = self._answers.get(request_id)
        shown = None if product_id is None else _shown(answer, request_id, product_id)
        if path:
            _require_category(self._engine, path)
        with writing(self._engine) as connection:
            row = {
                "given_at": datetime.now(UTC).replace(tzinfo=None),
                "request_id": request_id,
                "product_id": product_id or "",
                "verdict": verdict or "",
                "category": path,
                "score": shown.score if shown else None,
                "version": answer.version,
                "asked": answer.asked,
                "backbone": answer.backbone,
                "features": _features(connection, answer, shown),
            }
            return _store(connection, row)


def _checked(product_id: str | None, verdict: str | None, category: str | None) -> str:
    """The category as catalogs write it, empty when it is a verdict; BadParameter."""
    if (verdict is None) is (category is None):
        raise BadParameter(
            "Give either a verdict of a product or the category of the picture; this feedback has "
            f"{'neither' if verdict is None else 'both'}."
        )
    if (verdict is None) is not (product_id is None):
        need = "needs the product_id of a result" if verdict else "is of the query: no product_id"
        raise BadParameter(f"A {'verdict' if verdict else 'category'} {need}.")
    if verdict is not None and verdict not in VERDICTS:
        raise BadParameter(f"verdict is '{verdict[:80]}'; it must be {', '.join(VERDICTS)}.")
    return "" if category is None else _path(category)


def _path(category: str) -> str:
    try:
        path = values.category(category)
    except ValueError as problem:
        raise BadParameter(f"category {problem}.") from problem
    if path is None:
        raise BadParameter("category is empty; it must be a path like 'Fruit > Apple'.")
    return path


def _shown(answer: GivenAnswer, request_id: str, product_id: str) -> ShownResult:
    found = answer.results.get(product_id)
    if found is None:
        raise NotAResult(
            f"The product '{product_id[:200]}' was not among the results of the answer "
            f"'{request_id[:80]}'; judge one that was shown."
        )
    return found


def _require_category(engine: Engine, path: str) -> None:
    with engine.connect() as connection:
        is_there = has_category(connection, path)
    if not is_there:
        raise UnknownCategory(
            f"The catalog has no product in the category '{path[:200]}'; name one that it has."
        )


def _features(connection: Connection, answer: GivenAnswer, shown: ShownResult | None) -> bytes:
    if answer.features is not None:
        return answer.features
    assert answer.asked is not None  # noqa: S101 - a picture or a product was asked for
    near = shown.image_id if shown else None
    return product_features(connection, answer.asked, answer.backbone, near)


def _store(connection: Connection, row: dict[str, Any]) -> Feedback:
    """Who speaks of the same thing again has thought better of it: the last word stays."""
    same = ("request_id", "product_id", "asked", "backbone", "features")
    connection.execute(delete(feedback).where(*(feedback.c[name] == row[name] for name in same)))
    new = connection.execute(insert(feedback).values(row)).inserted_primary_key
    assert new is not None  # noqa: S101 - narrows
    own = feedback.c.feedback_id == new[0]
    return Feedback.of(connection.execute(select(*COLUMNS).where(own)).one())
