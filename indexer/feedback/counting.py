"""How much feedback an index has."""

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from rich.text import Text

from search.catalog.places import open_catalog
from search.feedback.reading import count_feedback
from search.versions import IndexFolder


@dataclass(frozen=True, slots=True)
class FeedbackCounts:
    """Verdicts of results, and categories that were named for queries."""

    same: int
    similar: int
    wrong: int
    category: int


def count(index: Path, database: str | None = None) -> FeedbackCounts:
    """Of an index, with its catalog in ``database`` (a URL); raises IndexNotFound."""
    folder = IndexFolder(index)
    folder.require_live()
    with closing(open_catalog(folder, database)) as catalog:
        return FeedbackCounts(**count_feedback(catalog.engine))


def counts_summary(counts: FeedbackCounts, index: Path) -> Text:
    """One line."""
    return Text(
        f"Feedback in '{index}': same {counts.same}, similar {counts.similar}, "
        f"wrong {counts.wrong}, categories {counts.category}"
    )
