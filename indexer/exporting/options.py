"""What is to be exported, and whether that can be done at all."""

import errno
import os
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from search.embedding.backbone import Backbone, Engine, Ensemble, Precision
from search.embedding.backbones import load_model
from search.errors import ExportRefused


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """What to export, and where to.

    ``model`` is a specification. ``catalog`` is the file whose images calibrate and measure it.
    ``max_loss`` is how far Recall@1 may fall, as a share of 1. ``fetch_allow`` names hosts or
    networks that image URLs may reach although not public.
    """

    model: str
    catalog: Path
    output: Path
    engine: Engine
    precision: Precision
    max_loss: float
    fetch_allow: tuple[str, ...] = ()


def exportable(options: ExportOptions) -> Backbone:
    """The model, when it can be exported like that.

    Raises ExportRefused, ModelError, or OSError for a file in the place of the folder.
    """
    _check_place(options.output)
    _check_packages(options)
    _check_precision(options)
    model = load_model(options.model)
    if isinstance(model, Ensemble):
        raise ExportRefused(
            f"'{options.model}' is an ensemble: export each of its members, and join the folders "
            "with +."
        )
    if model.exported:
        raise ExportRefused(
            f"'{options.model}' is exported already: export the model that it was made from."
        )
    return model


def _check_place(output: Path) -> None:
    if output.exists() and not output.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(output))
    if output.exists() and any(output.iterdir()):
        raise ExportRefused(f"'{output}' is not empty: name a new folder, or empty it.")


def _check_packages(options: ExportOptions) -> None:
    needed = ["onnx", "onnxscript", "onnxruntime"] if options.engine == "onnx" else []
    needed += ["nncf"] if options.precision == "int8" else []
    missing = [name for name in needed if find_spec(name) is None]
    if missing:
        raise ExportRefused(
            f"Exporting to {options.engine} in {options.precision} needs {', '.join(missing)}: "
            "pip install 'lookalike[export]'"
        )


def _check_precision(options: ExportOptions) -> None:
    """ONNX Runtime's CPU and CUDA providers have no convolutions in bfloat16."""
    if (options.engine, options.precision) != ("onnx", "bfloat16"):
        return
    from onnxruntime import get_available_providers

    if "TensorrtExecutionProvider" not in get_available_providers():
        raise ExportRefused(
            "ONNX Runtime computes in bfloat16 only with TensorRT, which is not here: choose "
            "--precision float32 or int8, or --format openvino."
        )
