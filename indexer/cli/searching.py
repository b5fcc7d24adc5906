"""Commands that answer queries."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Annotated, Literal

import typer

from indexer.cli.options import Allow, Database, ForQuery, Index, Json, Vectors, Versions
from indexer.cli.output import show
from indexer.tables.answers import parts
from search.backends import Backends


def similar(
    image: Annotated[str, typer.Argument(help="Picture: a path or an http(s) URL.")],
    index: Index = Path("index"),
    database: Database = None,
    vectors: Vectors = None,
    k: Annotated[int, typer.Option("-k", help="How many products, 1 to 100.")] = 10,
    offset: Annotated[int, typer.Option(help="Leave out so many of the first ones.")] = 0,
    conditions: Annotated[
        list[str] | None,
        typer.Option(
            "--filter",
            help="Only products like `brand:acme,zen`, `price:10..199`, `in_stock:true`, "
            "`category:Home > Kitchen` (and below) or, with `-` before it, all others; may be "
            "given several times.",
        ),
    ] = None,
    facets: Annotated[
        str, typer.Option(help="Columns whose values are counted, joined by commas.")
    ] = "",
    group: Annotated[
        Literal["product", "image"], typer.Option(help="One row for each product or image.")
    ] = "product",
    box: Annotated[
        tuple[int, int, int, int] | None,
        typer.Option(help="Region of the picture in pixels: X1 Y1 X2 Y2.", metavar="X1 Y1 X2 Y2"),
    ] = None,
    detect: Annotated[
        Literal["auto", "off"],
        typer.Option(help="Whether to look for the objects in the picture."),
    ] = "auto",
    min_match: Annotated[
        float,
        typer.Option(
            help="Leave out what is the same product with a lower probability (p_same, 0 to 1).",
        ),
    ] = 0.0,
    model: ForQuery = None,
    fetch_allow: Allow = None,
    as_json: Json = False,
) -> None:
    """Show the products that look like a picture, and what the picture shows.

    Example: `indexer similar photo.jpg -k 5 --filter price:..50`
    """
    from search import SearchEngine

    allow = tuple(fetch_allow or ())
    with closing(
        SearchEngine.open(
            index,
            model,
            fetch_allow=allow,
            with_model=True,
            catalog=database,
            vectors=vectors,
        )
    ) as engine:
        answer = engine.similar(
            image,
            k=k,
            offset=offset,
            box=box,
            detect=detect,
            filter=conditions or (),
            facets=facets.split(",") if facets else (),
            group=group,
            min_match=min_match,
        )
    why_empty = _why_empty(conditions or (), offset, min_match)
    show(answer, as_json, *parts(answer, image, why_empty))


def _why_empty(conditions: Sequence[str], offset: int, min_match: float) -> str:
    """What to change when there is no result."""
    if min_match:
        return (
            f"No product here is the same with a probability of {min_match:g} or more;\nwithout "
            "--min-match you see what looks most like the picture."
        )
    if offset:
        return f"There are not more than {offset} products; a smaller --offset shows some."
    if conditions:
        return "No product passes --filter; change it, or leave it out."
    return "The index has no product."


def serve(
    index: Index = Path("index"),
    database: Database = None,
    vectors: Vectors = None,
    store: Versions = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")
    ] = 8000,
    workers: Annotated[
        int, typer.Option(min=1, help="Processes that answer; they share port, index and cores.")
    ] = 1,
    model: ForQuery = None,
    fetch_allow: Allow = None,
    auth: Annotated[
        bool | None,
        typer.Option(
            "--auth/--no-auth",
            envvar="LOOKALIKE_AUTH",
            help="Whether requests need an API key (`indexer keys add`); by default where other "
            "machines can reach the server.",
        ),
    ] = None,
) -> None:
    """Answer `GET /similar` over HTTP.

    With `--versions` this is a replica: it serves what is published there, from copies in the
    index folder.

    Example: `indexer serve --port 8000`
    """
    from indexer.serving import serve as run

    allow = tuple(fetch_allow or ())
    run(index, host, port, model, allow, workers, auth, Backends(database, vectors, store))
