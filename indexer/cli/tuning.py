"""The command that fits the head of an index anew."""

from pathlib import Path
from typing import Annotated

import typer

from indexer.cli.options import Database, Index, Json, Vectors, Versions
from indexer.cli.output import show
from indexer.progress import Steps
from indexer.reporting import stderr
from search.backends import Backends


def tune(
    index: Index = Path("index"),
    database: Database = None,
    vectors: Vectors = None,
    store: Versions = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder to write the head to, as a model that --model takes."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Fit the head of an index to what its catalog knows: products, categories, attributes.

    Every build does that by itself; this does it again, and can write the head for another index of
    the same backbone. No picture is read. A head is used only if it finds held-out pictures better,
    by more than chance, than the one without labels.

    Example: `indexer tune --index photos --out models/shop`
    """
    from indexer.tables.builds import tune_summary
    from indexer.tuning.tuning import tune as run

    with Steps(stderr) as steps:
        report = run(index, out, steps, Backends(database, vectors, store))
    show(report, as_json, tune_summary(report, index))
