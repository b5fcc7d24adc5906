"""Where a command embeds."""

from functools import partial
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from indexer.engines import Engine

EngineName = Annotated[
    Literal["local", "ray"],
    typer.Option("--engine", help="Where images are read and embedded: here, or on Ray."),
]
RayAddress = Annotated[
    str | None,
    typer.Option(
        envvar="RAY_ADDRESS",
        metavar="ADDRESS",
        help="The Ray that embeds, like `ray-head:6379` or `ray://ray-head:10001`. By default one "
        "of this machine, for this command.",
    ),
]
Workers = Annotated[
    int | None,
    typer.Option(
        min=1,
        help="Processes of Ray that embed, which share the CPUs of their node. By default one for "
        "each GPU, else one for each node.",
    ),
]


def engine_of(name: str, address: str | None, workers: int | None) -> "Engine":
    """What the options mean; raises typer.BadParameter."""
    from indexer.engines.local import locally
    from indexer.engines.ray import on_ray

    if name == "ray":
        return partial(on_ray, address=address, workers=workers)
    if workers is not None:
        raise typer.BadParameter("it is for --engine ray.", param_hint="--workers")
    return locally
