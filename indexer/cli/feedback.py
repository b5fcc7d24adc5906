"""Commands about what people said of answers."""

from pathlib import Path
from typing import Annotated

import typer

from indexer.cli.options import Database, Index, Json
from indexer.cli.output import show

_SUFFIXES = (".csv", ".jsonl", ".parquet")

feedback = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="What people said of answers, with `POST /feedback`.",
)


def _output(path: Path) -> Path:
    if path.suffix.lower() not in _SUFFIXES:
        raise typer.BadParameter(f"'{path}' must end with {' or '.join(_SUFFIXES)}.")
    return path


@feedback.command()
def count(index: Index = Path("index"), database: Database = None, as_json: Json = False) -> None:
    """Say how much feedback an index has.

    Example: `indexer feedback count`
    """
    from indexer.feedback.counting import count as run
    from indexer.feedback.counting import counts_summary

    counts = run(index, database)
    show(counts, as_json, counts_summary(counts, index))


@feedback.command()
def export(
    output: Annotated[
        Path,
        typer.Option("--output", "-o", callback=_output, help="CSV, JSONL or Parquet file."),
    ],
    index: Index = Path("index"),
    database: Database = None,
    as_json: Json = False,
) -> None:
    """Write the feedback to a file, one row for each, for training and pipelines.

    Parquet has the features of each query too. Its pictures are never stored.

    Example: `indexer feedback export -o feedback.parquet`
    """
    from indexer.feedback.exporting import export_feedback, export_summary

    report = export_feedback(index, output, database)
    show(report, as_json, export_summary(report))
