"""Write an index's feedback to a file."""

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from rich.text import Text

from indexer.feedback.formats import FORMATS
from indexer.outputs import check_place
from search.catalog.places import open_catalog
from search.feedback.reading import read_feedback
from search.versions import IndexFolder


@dataclass(frozen=True, slots=True)
class FeedbackExport:
    """How many rows are in the file."""

    rows: int
    output: str


def export_feedback(index: Path, output: Path, database: str | None = None) -> FeedbackExport:
    """Write all feedback, in the order in which it was given, in the format of the suffix.

    ``database`` is the URL of the catalog, by default the index's own.

    The file is there when it is complete. Raises IndexNotFound or OSError.
    """
    folder = IndexFolder(index)
    folder.require_live()
    check_place(output)
    fresh = output.with_name(f".{output.name}.unfinished")
    write = FORMATS[output.suffix.lower()]
    try:
        with closing(open_catalog(folder, database)) as catalog:
            rows = write(fresh, read_feedback(catalog.engine))
        fresh.replace(output)
    finally:
        fresh.unlink(missing_ok=True)
    return FeedbackExport(rows, str(output))


def export_summary(report: FeedbackExport) -> Text:
    """One line."""
    return Text(f"{report.output}: {report.rows} rows of feedback")
