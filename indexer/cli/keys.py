"""Commands about API keys."""

import re
from pathlib import Path
from typing import Annotated, Literal

import typer

from indexer.cli.options import Database, Index, Json
from indexer.cli.output import show
from search.access.keys import MOST_PER_DAY, MOST_PER_MINUTE, Scope

keys = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="API keys, for servers that ask for them.",
)


def _per(unit: str, most: int, text: str) -> int:
    found = re.fullmatch(rf"(\d{{1,12}})/{unit}", text.strip())
    if not found or not 0 < int(found[1]) <= most:
        raise typer.BadParameter(
            f"'{text[:40]}' is no limit; write it like 600/{unit}, from 1 to {most}."
        )
    return int(found[1])


def _rate(text: str) -> int:
    return _per("minute", MOST_PER_MINUTE, text)


def _quota(text: str) -> int:
    return _per("day", MOST_PER_DAY, text)


@keys.command()
def add(
    name: Annotated[str, typer.Argument(help="Whose key it is, like shop-web.")],
    scope: Annotated[
        Literal["read", "write", "admin"],
        typer.Option(
            help="read: search, and look at products and pictures. write: also change products "
            "and give feedback. admin: also /index and /metrics."
        ),
    ] = "read",
    rate: Annotated[
        int | None,
        typer.Option(parser=_rate, metavar="N/minute", help="At most so many requests a minute."),
    ] = None,
    quota: Annotated[
        int | None,
        typer.Option(parser=_quota, metavar="N/day", help="At most so many requests a day (UTC)."),
    ] = None,
    index: Index = Path("index"),
    database: Database = None,
    as_json: Json = False,
) -> None:
    """Add a key and show it, this once.

    Servers that run know it within seconds.

    Example: `indexer keys add shop-web --rate 600/minute`
    """
    from indexer.keys import add as run
    from indexer.tables.keys import added_summary

    new = run(index, name, Scope[scope.upper()], rate, quota, database)
    show(new, as_json, *added_summary(new))


@keys.command("list")
def list_keys(
    index: Index = Path("index"), database: Database = None, as_json: Json = False
) -> None:
    """List the keys of an index: what each may do, and how much it is used.

    Example: `indexer keys list`
    """
    from indexer.keys import listed
    from indexer.tables.keys import keys_table

    found = listed(index, database)
    show(found, as_json, keys_table(found, index))


@keys.command()
def revoke(
    name: Annotated[
        str, typer.Argument(help="Its name, its id as in 'keys list', or the key itself.")
    ],
    index: Index = Path("index"),
    database: Database = None,
    as_json: Json = False,
) -> None:
    """Make a key good for nothing; servers that run know it within seconds.

    Example: `indexer keys revoke shop-web`
    """
    from indexer.keys import revoke as run
    from indexer.tables.keys import revoked_summary

    gone = run(index, name, database)
    show(gone, as_json, revoked_summary(gone))
