"""How much feedback an index has."""

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from rich.text import Text

from search.catalog.catalog import Catalog
from search.catalog.database import sqlite_url
from search.feedback.reading import count_feedback
from search.versions import IndexFolder


@dataclass(frozen=True, slots=True)
class FeedbackCounts:
    """Verdicts of results, and categories that were named for queries."""

    same: int
    similar: int
    wrong: int
    category: int


def count(index: Path) -> FeedbackCounts:
    """Of an index; raises IndexNotFound."""
    folder = IndexFolder(index)
    folder.require_live()
    with closing(Catalog.open(sqlite_url(folder.catalog))) as catalog:
        return FeedbackCounts(**count_feedback(catalog.engine))


def counts_summary(counts: FeedbackCounts, index: Path) -> Text:
    """One line."""
    return Text(
        f"Feedback in '{index}': same {counts.same}, similar {counts.similar}, "
        f"wrong {counts.wrong}, categories {counts.category}"
    )
