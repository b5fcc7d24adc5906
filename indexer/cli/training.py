"""Commands that make models."""

from pathlib import Path
from typing import Annotated

import typer

from indexer.cli.options import Allow, CatalogFile, Json
from indexer.cli.output import show
from indexer.progress import Steps
from indexer.reporting import stderr


def _settings(given: list[str] | None) -> list[str] | None:
    for one in given or ():
        if not all(part.strip() for part in one.partition("=")):
            raise typer.BadParameter(f"'{one}' is not of the form NAME=VALUE.")
    return given


def train(
    catalog: CatalogFile,
    out: Annotated[Path, typer.Option(help="Folder of the model to be made.")],
    base: Annotated[
        str | None,
        typer.Option(
            help="The pretrained model to start from: efficientnet_lite0 (the default), 1 or 2, "
            "torchvision:resnet50, timm:NAME or open_clip:NAME/WEIGHTS."
        ),
    ] = None,
    teacher: Annotated[
        str | None, typer.Option(help="Learn to give this model's vectors, with labels or without.")
    ] = None,
    epochs: Annotated[int | None, typer.Option(help="Times that every picture is seen.")] = None,
    size: Annotated[int | None, typer.Option(help="Side of the training pictures in px.")] = None,
    loss: Annotated[
        str | None,
        typer.Option(
            help="softmax, cosine (the default), arcface, proxy_anchor or supcon; focal for "
            "classes that are hard to learn, symmetric for labels of which many are wrong."
        ),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Another seed, another run.")] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            callback=_settings,
            metavar="NAME=VALUE",
            help="Any other part of the recipe, such as freeze=0, learning_rate=0.0005, flip=true "
            "or holdout=0; may be given several times. A wrong name lists all.",
        ),
    ] = None,
    devices: Annotated[
        int | None, typer.Option(min=1, help="How many GPUs; by default all there are.")
    ] = None,
    fetch_allow: Allow = None,
    as_json: Json = False,
) -> None:
    """Train a model on a catalog's pictures, to be used with `--model FOLDER`.

    Learns from what the catalog knows: products with several images, or else categories. Needs
    the extra `train` (`pip install 'lookalike[train]'`). A tenth of the images is held out to
    follow the run and for the report. The same command goes on where an interrupted one stopped.

    Example: `indexer train catalog.csv --out models/mine --epochs 12`
    """
    from indexer.training import train as run
    from indexer.training.recipe import Recipe
    from indexer.training.tables import train_summary

    named = {
        "base": base,
        "teacher": teacher,
        "epochs": epochs,
        "size": size,
        "loss": loss,
        "seed": seed,
    }
    chosen = {name: value for name, value in named.items() if value is not None}
    recipe = Recipe.of(chosen | dict(_parts(one) for one in settings or ()))
    with Steps(stderr) as steps:
        report = run(catalog, out, recipe, steps, tuple(fetch_allow or ()), devices or "auto")
    show(report, as_json, train_summary(report))


def _parts(setting: str) -> tuple[str, str]:
    name, _, value = setting.partition("=")
    return name.strip(), value.strip()
