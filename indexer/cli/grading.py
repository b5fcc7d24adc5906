"""The command that shows how a version was graded when it was built."""

from pathlib import Path
from typing import Annotated

import typer

from indexer.cli.options import Index, Json
from indexer.cli.output import show
from indexer.outputs import check_place
from search.versions import IndexFolder


def report(
    index: Index = Path("index"),
    version: Annotated[int | None, typer.Option(min=1, help="By default the live one.")] = None,
    html: Annotated[Path | None, typer.Option(help="HTML file to write, with charts.")] = None,
    as_json: Json = False,
) -> None:
    """Show how well a version answers, as it was measured when it was built.

    Photos of whole series were held out, and asked of the others: docs/report.md says what each
    figure means. `indexer evaluate` asks photos of your own.

    Example: `indexer report --html grade.html`
    """
    from indexer.grading.reading import GradedVersion
    from indexer.grading.tables import parts

    if html:
        check_place(html)
    found = GradedVersion.read(IndexFolder(index), version)
    if html:
        from indexer.reports.grade import write_grade_report

        write_grade_report(html, found)
    show(found, as_json, *parts(found))
