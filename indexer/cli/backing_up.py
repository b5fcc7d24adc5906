"""Commands that keep an index safe."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from indexer.cli.options import Database, Index, Json
from indexer.cli.output import show

if TYPE_CHECKING:
    from indexer.backing_up import BackupReport


def backup(
    output: Annotated[Path, typer.Argument(help="New folder for the backup.")],
    index: Index = Path("index"),
    database: Database = None,
    as_json: Json = False,
) -> None:
    """Copy an index: its catalog, from any database, its versions and uploads.

    Servers go on meanwhile; builds wait. The copy is an index itself, with its catalog in SQLite:
    `indexer serve --index FOLDER` answers from it.

    Example: `indexer backup backups/monday`
    """
    from indexer.backing_up import back_up

    made = back_up(index, output, database)
    show(made, as_json, Text(f"{made.output}: {_what(made)}"))


def restore(
    folder: Annotated[Path, typer.Argument(help="Folder of the backup.")],
    index: Index = Path("index"),
    database: Database = None,
    as_json: Json = False,
) -> None:
    """Make an index of a backup, in a new folder; with `--catalog` in an empty database.

    Example: `indexer restore backups/monday --index index`
    """
    from indexer.backing_up import restore as run

    made = run(folder, index, database)
    show(made, as_json, Text(f"{made.output}: {_what(made)}"))


def _what(made: "BackupReport") -> str:
    return (
        f"version {made.version}, {made.products} products with {made.images} images, "
        f"catalog revision {made.revision}"
    )
