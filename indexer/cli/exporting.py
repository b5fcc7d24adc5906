"""The command that makes a model smaller and faster."""

from pathlib import Path
from typing import Annotated

import typer

from indexer.cli.options import Allow, Json
from indexer.cli.output import show
from indexer.progress import Steps
from indexer.reporting import stderr
from search.embedding.backbone import Engine, Precision
from search.embedding.backbones import DEFAULT_SPEC


def export(
    catalog: Annotated[
        Path, typer.Option(help="CSV, JSONL or Parquet file whose images it is measured on.")
    ],
    out: Annotated[Path, typer.Option(help="New folder for the exported model.")],
    model: Annotated[str, typer.Option(help="What to export.")] = DEFAULT_SPEC,
    engine: Annotated[
        Engine, typer.Option("--format", help="For OpenVINO, or ONNX Runtime.")
    ] = "openvino",
    precision: Annotated[
        Precision, typer.Option(help="What to compute in; int8 is calibrated on the catalog.")
    ] = "bfloat16",
    max_loss: Annotated[
        float, typer.Option(min=0, max=1, help="How far Recall@1 may fall; 0.005 is half a point.")
    ] = 0.005,
    fetch_allow: Allow = None,
    as_json: Json = False,
) -> None:
    """Write a model as a file of an inference engine, in a folder that `--model` takes.

    It is measured against its float32 original on held-out images of the catalog, and refused when
    it loses more than `--max-loss` of Recall@1, or when the mean cosine falls below 0.99.

    Example: `indexer export --catalog catalog.csv --precision int8 --out models/small`
    """
    from indexer.exporting import ExportOptions
    from indexer.exporting import export as run
    from indexer.exporting.tables import export_summary

    options = ExportOptions(
        model, catalog, out, engine, precision, max_loss, tuple(fetch_allow or ())
    )
    with Steps(stderr) as steps:
        report = run(options, steps)
    show(report, as_json, export_summary(report))
