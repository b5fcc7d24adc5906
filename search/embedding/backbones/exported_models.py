"""Networks of ``indexer export``, in the file format of an inference engine."""

import hashlib
from pathlib import Path
from typing import NoReturn

from search.embedding.backbone import Backbone, Exported
from search.embedding.head import Head
from search.embedding.model_folder import HEAD, ExportedConfig
from search.errors import ModelError


def load(folder: Path, config: ExportedConfig) -> Backbone:
    """The network as a file, with the head that was exported with it."""
    path = folder / config.file
    head = Head.load(folder / HEAD, config.head_kind) if config.head_kind else Head()
    digest = hashlib.sha256(path.read_bytes())
    beside = path.with_suffix(".bin")  # where OpenVINO keeps the weights
    if beside.exists():
        digest.update(beside.read_bytes())
    return Backbone(
        spec=str(folder),
        dim=config.dim,
        preprocessing=config.preprocessing,
        weights=digest.hexdigest(),
        network=_no_network,
        head=head,
        exported=Exported(path, config.engine, config.precision),
    )


def _no_network() -> NoReturn:
    raise ModelError("An exported model runs only in the engine that it was exported to.")
