"""What several commands take."""

import re
from collections.abc import Callable
from pathlib import Path
from pkgutil import resolve_name
from typing import Annotated

import typer

from indexer.requirements import METRICS, Requirement, parse_requirement
from search.errors import BadCatalogUrl, BadStoreUrl, BadVectorsUrl
from search.fetching.addresses import AddressPolicy

_UNITS = {"MB": 10**6, "GB": 10**9, "TB": 10**12}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([MGT]B)", re.IGNORECASE)


def _networks(entries: list[str] | None) -> list[str] | None:
    try:
        AddressPolicy(entries or ())
    except ValueError as error:
        raise typer.BadParameter(f"{error}; write it like shop.local or 10.0.0.0/8.") from error
    return entries


def _requirement(text: str) -> Requirement:
    try:
        return parse_requirement(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def parse_size(text: str) -> int:
    """Bytes of a size like ``4GB`` or ``500 MB``; raises typer.BadParameter."""
    found = _SIZE.fullmatch(text.strip())
    if not found or not float(found[1]):
        raise typer.BadParameter(f"'{text[:40]}' is no size; write it like 4GB or 500MB.")
    return round(float(found[1]) * _UNITS[found[2].upper()])


def _checked_by(check: str) -> Callable[[str | None], str | None]:
    """``check`` is ``module:function``, loaded where there is a URL: most commands have none."""

    def checked(url: str | None) -> str | None:
        if url:
            try:
                resolve_name(check)(url)
            except (BadCatalogUrl, BadStoreUrl, BadVectorsUrl) as error:
                raise typer.BadParameter(str(error)) from None
        return url or None

    return checked


Index = Annotated[Path, typer.Option(help="Folder of the index.")]
Database = Annotated[
    str | None,
    typer.Option(
        "--catalog",
        envvar="LOOKALIKE_CATALOG",
        callback=_checked_by("search.catalog.database:parse_url"),
        metavar="URL",
        help="Database of the catalog, like `postgresql:///shop`. By default the index's own, "
        "at first SQLite's in its folder.",
    ),
]
Versions = Annotated[
    str | None,
    typer.Option(
        "--versions",
        envvar="LOOKALIKE_VERSIONS",
        callback=_checked_by("search.versions.storage:check_url"),
        metavar="URL",
        help="Where versions are published for other machines, like `s3://bucket/shop` or "
        "`file:///mnt/shop`.",
    ),
]
Vectors = Annotated[
    str | None,
    typer.Option(
        "--vectors",
        envvar="LOOKALIKE_VECTORS",
        callback=_checked_by("search.vectors.places:check_url"),
        metavar="URL",
        help="Milvus with the vectors, like `milvus://host/shop`, or `files`. By default the "
        "index's own place, at first files in its folder.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]
Allow = Annotated[
    list[str] | None,
    typer.Option(
        callback=_networks,
        help="Host or network that image URLs may reach although it is not public, like "
        "10.0.0.0/8; may be given several times.",
    ),
]
Require = Annotated[
    list[Requirement] | None,
    typer.Option(
        parser=_requirement,
        metavar="NAME>=SHARE",
        help=f"End with exit code 3 unless this holds, like `recall@1>=0.8`; may be given several "
        f"times. Names: {METRICS}.",
    ),
]
ForBuild = Annotated[
    str | None,
    typer.Option(
        "--model",
        help="efficientnet_lite0 (or 1, 2), timm:NAME, torchvision:NAME, open_clip:NAME/WEIGHTS, "
        "hf-hub:REPO, the folder of a trained, tuned or exported model, or several joined by +. By "
        "default the index's own, at first efficientnet_lite0.",
    ),
]
ForQuery = Annotated[
    str | None, typer.Option("--model", help="Refuse an index that was built with another model.")
]
CatalogFile = Annotated[Path, typer.Argument(help="CSV, JSONL or Parquet file.")]
