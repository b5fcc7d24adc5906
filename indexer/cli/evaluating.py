"""The command that says how good an index is."""

from pathlib import Path
from typing import Annotated

import typer

from indexer.cli.options import Allow, Database, Index, Json, Require, Vectors
from indexer.cli.output import show
from indexer.outputs import check_place
from indexer.progress import Steps
from indexer.reporting import insist, stderr
from search.backends import Backends


def evaluate(
    queries: Annotated[
        Path | None,
        typer.Option(
            help="CSV, JSONL or Parquet file of photos: column image, and product_id, category or "
            "both."
        ),
    ] = None,
    feedback: Annotated[
        bool, typer.Option("--feedback", help="The queries that people judged, instead of a file.")
    ] = False,
    index: Index = Path("index"),
    database: Database = None,
    vectors: Vectors = None,
    report: Annotated[
        Path | None, typer.Option(help="HTML file to write, with the worst photos as pictures.")
    ] = None,
    require: Require = None,
    fetch_allow: Allow = None,
    as_json: Json = False,
) -> None:
    """Measure how often the answers to photos of known products or categories are right.

    A result is right when it is the photo's product, if the catalog has that one; otherwise when
    its category is the photo's or lies below it.

    With `--feedback` a result is right when people called it the same product, and the category is
    the one that they named. `rejected@1` is how often they called the first result wrong.

    Example: `indexer evaluate --queries photos.csv --report report.html --require 'recall@1>=0.8'`
    """
    from indexer.evaluating import evaluate as run
    from indexer.evaluating.feedback import evaluate_feedback
    from indexer.evaluating.tables import parts

    if (queries is None) is not feedback:
        raise typer.BadParameter("Give exactly one of --queries and --feedback.")
    allowed, backends = tuple(fetch_allow or ()), Backends(database, vectors)
    if report:
        check_place(report)
    with Steps(stderr) as steps:
        if queries is None:
            evaluation = evaluate_feedback(index, require or (), steps, backends)
        else:
            evaluation = run(index, queries, require or (), allowed, steps, backends)
        if report:
            from indexer.reports.evaluation import write_evaluation_report

            write_evaluation_report(report, evaluation, allowed, steps)
    show(evaluation, as_json, *parts(evaluation))
    insist(evaluation.requirements)
