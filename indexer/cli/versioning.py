"""Commands about the versions of an index."""

from pathlib import Path
from typing import Annotated

import typer

from indexer.cli.options import Allow, Database, Index, Json, Vectors, Versions
from indexer.cli.output import show
from indexer.progress import Steps
from indexer.reporting import stderr
from search.backends import Backends
from search.versions import IndexFolder


def versions(index: Index = Path("index"), as_json: Json = False) -> None:
    """List the versions of an index, newest first.

    The grade is Recall@1 of photos that were held out when the version was built: `indexer report`
    shows more.

    Example: `indexer versions`
    """
    from indexer.tables.versions import versions_table
    from search.versions.history import read_history

    history = read_history(IndexFolder(index))
    show(history, as_json, versions_table(history))


def rollback(
    version: Annotated[
        int | None,
        typer.Argument(min=1, help="By default the newest that is older than the live one."),
    ] = None,
    index: Index = Path("index"),
    vectors: Vectors = None,
    store: Versions = None,
    as_json: Json = False,
) -> None:
    """Make another version of an index live, after checking its files.

    The products stay as they are: a version is how they are searched. The next build goes on with
    this version's model, and makes a new version if images changed since. With a version store, the
    version comes from there, and all replicas go back to it.

    Example: `indexer rollback 3`
    """
    from indexer.tables.versions import rollback_summary
    from search.vectors.publishing import roll_back
    from search.versions.history import line

    folder = IndexFolder(index)
    live = line(folder, roll_back(folder, version, Backends(None, vectors, store)))
    show(live, as_json, rollback_summary(live, index))


def compare(
    a: Annotated[int, typer.Argument(help="A version.")],
    b: Annotated[int, typer.Argument(help="Another version.")],
    queries: Annotated[
        Path,
        typer.Option(
            help="CSV, JSONL or Parquet file of photos: column image, and product_id and category "
            "where known."
        ),
    ],
    index: Index = Path("index"),
    database: Database = None,
    vectors: Vectors = None,
    k: Annotated[
        int, typer.Option("--k", "-k", min=1, max=100, help="How many products to compare.")
    ] = 10,
    fetch_allow: Allow = None,
    as_json: Json = False,
) -> None:
    """Ask two versions the same photos, and show how their answers differ.

    Example: `indexer compare 3 4 --queries photos.csv`
    """
    from indexer.comparing import compare as run
    from indexer.comparing.tables import parts

    with Steps(stderr) as steps:
        allowed, backends = tuple(fetch_allow or ()), Backends(database, vectors)
        comparison = run(index, (a, b), queries, k, allowed, steps, backends)
    show(comparison, as_json, *parts(comparison))
