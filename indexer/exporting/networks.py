"""A backbone written as a network file, in the precision that is asked for."""

import warnings
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

from indexer.exporting.options import ExportOptions
from search.arrays import Pixels
from search.embedding.backbone import Backbone
from search.embedding.runtimes.network_file import read_network, write_network
from search.embedding.runtimes.onnx_runtime import INPUT
from search.embedding.runtimes.openvino_core import openvino_core

_EXAMPLE_BATCH = 2
"""A batch of one would let the exporter fold the batch axis into a constant."""

FILES = {"openvino": "model.xml", "onnx": "model.onnx"}

Calibration = Callable[[], Sequence[Pixels]]
"""Pictures, each (size, size, 3) uint8, read only when they are needed."""


def write_file(
    backbone: Backbone, folder: Path, options: ExportOptions, calibration: Calibration
) -> Path:
    """The network in ``folder``; int8 is calibrated on the pictures."""
    path = folder / FILES[options.engine]
    if options.engine == "onnx":
        write_onnx(backbone, path)
    else:
        write_network(backbone, path, half=options.precision == "bfloat16")
    if options.precision == "int8":
        quantize = _quantize_onnx if options.engine == "onnx" else _quantize_openvino
        quantize(path, calibration())
    return path


def write_onnx(backbone: Backbone, path: Path) -> None:
    """The network, input stage included, in float32 and for any number of pictures."""
    import torch

    from search.embedding.runtimes.pixels import PixelsToFeatures

    size = backbone.preprocessing.size
    example = torch.zeros(_EXAMPLE_BATCH, size, size, 3, dtype=torch.uint8)
    with warnings.catch_warnings(), redirect_stdout(StringIO()):
        warnings.simplefilter("ignore")  # of what torch itself uses
        program = torch.onnx.export(
            PixelsToFeatures(backbone).eval(),
            (example,),
            input_names=[INPUT],
            output_names=["features"],
            dynamic_shapes=({0: torch.export.Dim.DYNAMIC},),
            dynamo=True,
            verbose=False,
        )
    assert program is not None  # noqa: S101 - narrows: None is of the exporter before dynamo
    program.save(path)


def _quantize_onnx(path: Path, pictures: Sequence[Pixels]) -> None:
    import onnx

    onnx.save(_quantized(onnx.load(path), INPUT, pictures), path)


def _quantize_openvino(path: Path, pictures: Sequence[Pixels]) -> None:
    import openvino as ov

    network = _quantized(read_network(openvino_core(), path), 0, pictures)
    ov.save_model(network, path, compress_to_fp16=False)


def _quantized(network: Any, name: str | int, pictures: Sequence[Pixels]) -> Any:
    """Weights and activations in int8, their ranges taken from the pictures."""
    import nncf

    dataset = nncf.Dataset(pictures, lambda one: {name: one[None]})
    with redirect_stdout(StringIO()), warnings.catch_warnings():  # it draws bars of its own
        warnings.simplefilter("ignore")
        return nncf.quantize(network, dataset, subset_size=len(pictures))
