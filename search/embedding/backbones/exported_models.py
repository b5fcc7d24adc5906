"""Networks of ``indexer export``, in the file format of an inference engine."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from search.embedding.backbone import Backbone, Exported
from search.embedding.head import Head
from search.embedding.model_files import CONFIG, HEAD
from search.errors import ModelError

if TYPE_CHECKING:
    from search.embedding.model_folder import ExportedConfig


def load(folder: Path, config: "ExportedConfig") -> Backbone:
    """The network as a file, with the head that was exported with it.

    Raises ValueError for a file that is not directly in the folder, OSError for one that is
    missing.
    """
    if config.file in ("", ".", "..") or set(config.file) & set("/\\"):
        raise ValueError(f"{folder / CONFIG}: file: '{config.file}' is not the name of a file")
    exported = Exported(folder / config.file, config.engine, config.precision)
    head = Head.load(folder / HEAD, config.head_kind) if config.head_kind else Head()
    return Backbone(
        spec=str(folder),
        dim=config.dim,
        preprocessing=config.preprocessing,
        weights=_digest(exported),
        network=_no_network,
        head=head,
        exported=exported,
    )


def _digest(exported: Exported) -> str:
    """Changes with the bytes, and with what computes them and how exactly."""
    digest = hashlib.sha256(f"{exported.engine} {exported.precision}".encode())
    digest.update(exported.path.read_bytes())
    if exported.engine == "openvino":
        digest.update(exported.path.with_suffix(".bin").read_bytes())
    return digest.hexdigest()


def _no_network() -> NoReturn:
    raise ModelError("An exported model runs only in the engine that it was exported to.")
