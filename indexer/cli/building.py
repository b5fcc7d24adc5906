"""Commands that read a catalog file."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from indexer.cli.engines import EngineName, RayAddress, Workers, engine_of
from indexer.cli.options import (
    Allow,
    CatalogFile,
    Database,
    ForBuild,
    Index,
    Json,
    Require,
    Vectors,
    Versions,
    parse_size,
)
from indexer.cli.output import show
from indexer.progress import Steps
from indexer.reporting import stderr
from indexer.requirements import EVALUATED_ONLY, Requirement
from search.backends import Backends
from search.versions import KEPT


def build(
    catalog: CatalogFile,
    index: Index = Path("index"),
    database: Database = None,
    vectors: Vectors = None,
    store: Versions = None,
    model: ForBuild = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Fail if any row or image is rejected.")
    ] = False,
    allow_shrink: Annotated[
        bool, typer.Option("--allow-shrink", help="Let the file remove over 20 % of the products.")
    ] = False,
    keep: Annotated[
        int, typer.Option(min=0, help="Old versions that stay beside the live one.")
    ] = KEPT,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")
    ] = False,
    require: Require = None,
    target_recall: Annotated[
        float | None,
        typer.Option(
            min=0.5,
            max=1,
            help="The share of the ten nearest that a search must find, in catalogs of 50,000 "
            "images and more. By default the index's own, at first 0.98.",
        ),
    ] = None,
    max_memory: Annotated[
        int | None,
        typer.Option(
            parser=parse_size,
            metavar="SIZE",
            help="Memory that searching may need, like `4GB` or `500MB`. By default the index's "
            "own, at first half of this machine's.",
        ),
    ] = None,
    cache_downloads: Annotated[
        bool,
        typer.Option(
            "--cache-downloads",
            help="Keep the images of URLs in the index's folder downloads; delete it at will.",
        ),
    ] = False,
    fetch_allow: Allow = None,
    engine: EngineName = "local",
    ray_address: RayAddress = None,
    workers: Workers = None,
    as_json: Json = False,
) -> None:
    """Build or update the index of a catalog file.

    The file needs the columns `product_id` and `image` (paths relative to the file, or http(s)
    URLs; several joined by `|`). Known: title, description, category (`A > B > C`), brand, price,
    currency, in_stock, url. Any other column becomes an attribute.

    What cannot be used is left out and listed in `rejects.csv` in the index folder. Images that
    were embedded once are not embedded again.

    The new version is graded: photos of whole series are held out and asked (`indexer report`
    shows all of it). If it misses what `--require` says, the old version stays live.

    Example: `indexer build catalog.csv --require 'recall@10>=0.9'`
    """
    from indexer.build import BuildOptions
    from indexer.build import build as run
    from indexer.preview import preview
    from indexer.tables.builds import build_summary, difference_summary

    allowed, bars = tuple(fetch_allow or ()), tuple(require or ())
    options = BuildOptions(
        model=model,
        strict=strict,
        allow_shrink=allow_shrink,
        fetch_allow=allowed,
        keep=keep,
        requirements=bars,
        target_recall=target_recall,
        max_memory=max_memory,
        cache_downloads=cache_downloads,
        backends=Backends(database, vectors, store),
        engine=engine_of(engine, ray_address, workers),
    )
    _refuse_unmeasured(bars, dry_run)
    if dry_run:
        with Steps(stderr) as steps:
            difference = preview(catalog, index, options, steps)
        show(difference, as_json, difference_summary(difference, index))
        return
    with Steps(stderr) as steps:
        report = run(catalog, index, options, steps)
    show(report, as_json, build_summary(report, index))


def _refuse_unmeasured(bars: Sequence[Requirement], dry_run: bool) -> None:
    """Before the work, what no build of this kind could ever meet."""
    reason = "--dry-run builds nothing that could be graded; leave it out." if dry_run else ""
    for bar in bars:
        if bar.metric in EVALUATED_ONLY:
            reason = f"a build does not measure {bar.metric}, 'indexer evaluate' does."
        if reason:
            raise typer.BadParameter(reason, param_hint="--require")


def embed(
    catalog: CatalogFile,
    output: Annotated[Path, typer.Option("--output", "-o", help="Parquet file to write.")],
    index: Index = Path("index"),
    database: Database = None,
    vectors: Vectors = None,
    model: ForBuild = None,
    fetch_allow: Allow = None,
    engine: EngineName = "local",
    ray_address: RayAddress = None,
    workers: Workers = None,
    as_json: Json = False,
) -> None:
    """Write the vector of every image of a catalog file to a Parquet file.

    With an index and no `--model`, the vectors are those that the index searches; otherwise the
    plain features of the model. Columns: product_id, image_id, source, vector.

    Example: `indexer embed catalog.csv -o features.parquet`
    """
    from indexer.embedding_file import choose_embedder, write_embeddings
    from indexer.tables.builds import embed_summary

    allowed, chosen = tuple(fetch_allow or ()), engine_of(engine, ray_address, workers)
    embedder = choose_embedder(index, model, Backends(database, vectors))
    with Steps(stderr) as steps:
        report = write_embeddings(catalog, output, embedder, allowed, steps, chosen)
    show(report, as_json, embed_summary(report))
