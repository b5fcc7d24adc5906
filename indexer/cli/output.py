"""Where answers go: stdout, as one JSON object or for people."""

import json
from dataclasses import asdict
from typing import Any

import typer
from rich.console import Console, RenderableType
from rich.text import Text


def show(report: Any, as_json: bool, *parts: RenderableType) -> None:
    """Print a dataclass as JSON, or the ``parts`` that stand for it."""
    if as_json:
        typer.echo(json.dumps(asdict(report), ensure_ascii=False))
        return
    console = Console(highlight=False)
    for part in parts:  # a path that is broken over two lines cannot be copied
        console.print(part, soft_wrap=isinstance(part, Text))
