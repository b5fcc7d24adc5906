"""ONNX Runtime: on TensorRT or CUDA where there is a GPU, on the CPU elsewhere."""

from pathlib import Path
from typing import Any

import numpy as np

from search.arrays import Floats, Pixels
from search.embedding.backbone import Exported, Precision
from search.embedding.runtimes.runtime import Look
from search.errors import ModelError

_CPU_BLOCK = 32
_GPU_BLOCK = 256

INPUT = "pixels"
"""What the exported network calls its input."""

_ERRORS_ONLY = 3

_DEVICES = {
    "TensorrtExecutionProvider": "tensorrt",
    "CUDAExecutionProvider": "cuda",
    "CPUExecutionProvider": "cpu",
}
"""Where a network may run, the fastest first."""

Provider = tuple[str, dict[str, str]]


class OnnxRuntime:
    """One session, which ONNX Runtime lets several threads run at the same time."""

    def __init__(self, exported: Exported, size: int, cache: Path | None) -> None:
        try:
            import onnxruntime
        except ModuleNotFoundError as error:
            raise ModelError(
                f"'{exported.path}' needs ONNX Runtime, which is not installed: "
                "pip install 'lookalike[onnx]'"
            ) from error
        options = onnxruntime.SessionOptions()
        options.log_severity_level = _ERRORS_ONLY
        chosen = providers(onnxruntime.get_available_providers(), exported.precision, size, cache)
        self._session = _open(onnxruntime, exported.path, options, chosen)
        device = _DEVICES[self._session.get_providers()[0]]
        self._input = self._session.get_inputs()[0].name
        self.name = f"onnx {device} {_computed(device, exported.precision)}"
        self.block = _CPU_BLOCK if device == "cpu" else _GPU_BLOCK

    def features(self, pixels: Pixels) -> Floats:
        """(n, size, size, 3) uint8 → (n, dim) float32."""
        parts = [
            self._session.run(None, {self._input: np.ascontiguousarray(part)})[0]
            for part in np.split(pixels, range(self.block, len(pixels), self.block))
        ]
        return np.concatenate(parts)

    def look(self, pixels: Pixels) -> Look:
        """The features; the file has no output for a map."""
        return Look(self.features(pixels), None)

    def positions(self, pixels: Pixels) -> None:
        """Not known: the file has no output for a map."""


def providers(
    available: list[str], precision: Precision, size: int, cache: Path | None
) -> list[Provider]:
    """Those of ``available`` that a network may run on, the fastest first, with their options."""
    tensorrt = "TensorrtExecutionProvider"
    options = {tensorrt: _tensorrt(precision, size, cache)}
    return [(name, options.get(name, {})) for name in _DEVICES if name in available]


def _tensorrt(precision: Precision, size: int, cache: Path | None) -> dict[str, str]:
    """One engine for every batch up to a block; building it takes minutes, so it is kept."""
    shape = f"{size}x{size}x3"
    options = {
        "trt_profile_min_shapes": f"{INPUT}:1x{shape}",
        "trt_profile_opt_shapes": f"{INPUT}:{_GPU_BLOCK}x{shape}",
        "trt_profile_max_shapes": f"{INPUT}:{_GPU_BLOCK}x{shape}",
    }
    if precision != "float32":
        options["trt_bf16_enable" if precision == "bfloat16" else "trt_int8_enable"] = "True"
    if cache is not None:
        kept = {"trt_engine_cache_enable": "True", "trt_engine_cache_path": str(cache / "tensorrt")}
        options |= kept
    return options


def _open(onnxruntime: Any, path: Path, options: Any, chosen: list[Provider]) -> Any:
    try:
        return onnxruntime.InferenceSession(path, options, chosen)
    except Exception as error:  # its own errors have no common base
        raise ModelError(
            f"ONNX Runtime cannot run '{path}': the file is damaged or of a newer ONNX; export "
            "the model again."
        ) from error


def _computed(device: str, precision: Precision) -> Precision:
    """Only TensorRT turns float32 operations into bfloat16 ones."""
    return "float32" if precision == "bfloat16" and device != "tensorrt" else precision
