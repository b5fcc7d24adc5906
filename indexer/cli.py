"""The ``indexer`` command: each subcommand parses, calls one function and prints."""

import json
import logging
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console, RenderableType
from rich.logging import RichHandler
from rich.text import Text
from typer.core import TyperGroup

from indexer import tables
from indexer.progress import Steps
from indexer.reporting import reported, stderr
from search.addresses import AddressPolicy


class _Commands(TyperGroup):
    def invoke(self, ctx: Any) -> Any:
        with reported(ctx):
            return super().invoke(ctx)


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    help="Find products that look like a picture, in your own catalog.",
)


def _networks(entries: list[str] | None) -> list[str] | None:
    try:
        AddressPolicy(entries or ())
    except ValueError as error:
        raise typer.BadParameter(f"{error}; write it like shop.local or 10.0.0.0/8.") from error
    return entries


Index = Annotated[Path, typer.Option(help="Folder of the index.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
Allow = Annotated[
    list[str] | None,
    typer.Option(
        callback=_networks,
        help="Host or network that image URLs may reach although it is not public, like "
        "10.0.0.0/8; may be given several times.",
    ),
]
ForBuild = Annotated[
    str | None,
    typer.Option(
        "--model",
        help="efficientnet_lite0, timm:NAME, torchvision:NAME, open_clip:NAME/WEIGHTS or "
        "hf-hub:REPO. By default the index's own, at first efficientnet_lite0.",
    ),
]
ForQuery = Annotated[
    str | None, typer.Option("--model", help="Refuse an index that was built with another model.")
]
CatalogFile = Annotated[Path, typer.Argument(help="CSV, JSONL or Parquet file.")]


@app.callback()
def main() -> None:
    logging.basicConfig(
        level=logging.WARNING,
        format="%(message)s",
        handlers=[RichHandler(console=stderr, show_time=False, show_path=False)],
    )


@app.command()
def build(
    catalog: CatalogFile,
    index: Index = Path("index"),
    model: ForBuild = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Fail if any row or image is rejected.")
    ] = False,
    allow_shrink: Annotated[
        bool, typer.Option("--allow-shrink", help="Let the file remove over 20 % of the products.")
    ] = False,
    fetch_allow: Allow = None,
    as_json: Json = False,
) -> None:
    """Build or update the index of a catalog file.

    The file needs the columns `product_id` and `image` (paths relative to the file, or http(s)
    URLs; several joined by `|`). Known: title, description, category (`A > B > C`), brand, price,
    currency, in_stock, url. Any other column becomes an attribute.

    What cannot be used is left out and listed in `rejects.csv` in the index folder. Images that
    were embedded once are not embedded again.

    Example: `indexer build catalog.csv`
    """
    from indexer.build import BuildOptions
    from indexer.build import build as run

    options = BuildOptions(model, strict, allow_shrink, tuple(fetch_allow or ()))
    with Steps(stderr) as steps:
        report = run(catalog, index, options, steps)
    _show(report, as_json, tables.build_summary(report, index))


@app.command()
def similar(
    image: Annotated[str, typer.Argument(help="Picture: a path or an http(s) URL.")],
    index: Index = Path("index"),
    k: Annotated[int, typer.Option("-k", help="How many products, 1 to 100.")] = 10,
    model: ForQuery = None,
    fetch_allow: Allow = None,
    as_json: Json = False,
) -> None:
    """Show the products that look like a picture.

    Example: `indexer similar photo.jpg -k 5`
    """
    from search import SearchEngine

    engine = SearchEngine.open(index, model, fetch_allow=tuple(fetch_allow or ()))
    answer = engine.similar(image, k=k)
    engine.close()
    _show(answer, as_json, tables.answer_heading(answer, image), tables.answer_table(answer))


@app.command()
def embed(
    catalog: CatalogFile,
    output: Annotated[Path, typer.Option("--output", "-o", help="Parquet file to write.")],
    index: Index = Path("index"),
    model: ForBuild = None,
    fetch_allow: Allow = None,
    as_json: Json = False,
) -> None:
    """Write the vector of every image of a catalog file to a Parquet file.

    With an index and no `--model`, the vectors are those that the index searches; otherwise the
    plain features of the model. Columns: product_id, image_id, source, vector.

    Example: `indexer embed catalog.csv -o features.parquet`
    """
    from indexer.export import choose_embedder, export

    embedder = choose_embedder(index, model)
    with Steps(stderr) as steps:
        report = export(catalog, output, embedder, tuple(fetch_allow or ()), steps)
    _show(report, as_json, tables.export_summary(report))


@app.command()
def serve(
    index: Index = Path("index"),
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")
    ] = 8000,
    model: ForQuery = None,
    fetch_allow: Allow = None,
) -> None:
    """Answer `GET /similar` over HTTP.

    Example: `indexer serve --port 8000`
    """
    from indexer.serving import serve as run

    run(index, host, port, model, tuple(fetch_allow or ()))


def _show(report: Any, as_json: bool, *parts: RenderableType) -> None:
    if as_json:
        typer.echo(json.dumps(asdict(report), ensure_ascii=False))
        return
    console = Console(highlight=False)
    for part in parts:  # a path that is broken over two lines cannot be copied
        console.print(part, soft_wrap=isinstance(part, Text))
