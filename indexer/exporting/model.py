"""A model folder with a network file."""

from pathlib import Path

from indexer.exporting.networks import Calibration, write_file
from indexer.exporting.options import ExportOptions
from search.embedding.backbone import Backbone
from search.embedding.model_files import HEAD
from search.embedding.model_folder import ExportedConfig, write_config


def write_model(
    backbone: Backbone, folder: Path, options: ExportOptions, calibration: Calibration
) -> None:
    """All of it but the card, which says what was measured."""
    file = write_file(backbone, folder, options, calibration)
    has_head = backbone.head.projection is not None
    if has_head:
        backbone.head.save(folder / HEAD)
    write_config(
        folder,
        ExportedConfig(
            of=backbone.spec,
            engine=options.engine,
            precision=options.precision,
            file=file.name,
            dim=backbone.dim,
            preprocessing=backbone.preprocessing,
            exact_layers=tuple(sorted(backbone.exact_layers)),
            head_kind=backbone.head.kind if has_head else "",
        ),
    )
