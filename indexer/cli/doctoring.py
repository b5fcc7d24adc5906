"""The command that says what is wrong with a catalog."""

from pathlib import Path
from typing import Annotated

import typer

from indexer.cli.options import Allow, Database, ForBuild, Index, Json
from indexer.cli.output import show
from indexer.doctoring.records import Kind
from indexer.outputs import check_place
from indexer.progress import Steps
from indexer.reporting import insist, stderr
from indexer.requirements import Checked


def doctor(
    catalog: Annotated[
        Path | None,
        typer.Argument(help="CSV, JSONL or Parquet file; without it, the catalog of the index."),
    ] = None,
    index: Index = Path("index"),
    database: Database = None,
    model: ForBuild = None,
    report: Annotated[
        Path | None, typer.Option(help="HTML file to write, with the pictures side by side.")
    ] = None,
    csv: Annotated[
        Path | None, typer.Option(help="CSV file to write, one line for each picture at fault.")
    ] = None,
    forbid: Annotated[
        list[Kind] | None,
        typer.Option(
            metavar="KIND",
            help=f"End with exit code 3 if any is found; may be given several times. Kinds: "
            f"{', '.join(Kind)}.",
        ),
    ] = None,
    fetch_allow: Allow = None,
    as_json: Json = False,
) -> None:
    """Find wrong categories, duplicates and useless pictures in a catalog.

    Nothing is changed: a file is embedded in a temporary folder, and an index is only read.

    Example: `indexer doctor catalog.csv --report doctor.html --forbid blank`
    """
    from indexer.doctoring.journey import diagnose
    from indexer.doctoring.subject import from_file, from_index
    from indexer.doctoring.tables import parts

    if model and not catalog:
        raise typer.BadParameter("--model is for a catalog file; an index has its own model.")
    for output in filter(None, (report, csv)):
        check_place(output)
    allowed = tuple(fetch_allow or ())
    with Steps(stderr) as steps:
        opened = (
            from_file(catalog, index, model, allowed, steps)
            if catalog
            else from_index(index, database)
        )
        with opened as subject:
            diagnosis = diagnose(subject, allowed, steps)
            if report:
                from indexer.reports.doctoring import write_doctor_report

                write_doctor_report(report, diagnosis, allowed, steps)
        if csv:
            from indexer.doctoring.listing import write_findings

            write_findings(csv, diagnosis)
    show(diagnosis, as_json, *parts(diagnosis))
    counts = {kind: diagnosis.counts[kind] for kind in forbid or ()}
    insist(Checked(f"{kind}=0", count, count == 0) for kind, count in counts.items())
