"""The ``indexer`` command: each subcommand parses, calls one function and prints."""

import logging
from typing import Any

import typer
from rich.logging import RichHandler
from typer.core import TyperGroup

from indexer.cli.backing_up import backup, restore
from indexer.cli.building import build, embed
from indexer.cli.doctoring import doctor
from indexer.cli.evaluating import evaluate
from indexer.cli.exporting import export
from indexer.cli.feedback import feedback
from indexer.cli.grading import report
from indexer.cli.keys import keys
from indexer.cli.searching import serve, similar
from indexer.cli.training import train
from indexer.cli.tuning import tune
from indexer.cli.versioning import compare, rollback, versions
from indexer.reporting import reported, stderr


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

for _command in (
    *(build, report, doctor, tune, embed, similar, serve, evaluate, compare, versions, rollback),
    *(train, export, backup, restore),
):
    app.command()(_command)
app.add_typer(feedback, name="feedback")
app.add_typer(keys, name="keys")


@app.callback()
def main() -> None:
    logging.basicConfig(
        level=logging.WARNING,
        format="%(message)s",
        handlers=[RichHandler(console=stderr, show_time=False, show_path=False)],
    )
