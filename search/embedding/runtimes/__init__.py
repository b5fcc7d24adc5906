"""Where a model computes: one file for each engine behind the ``Runtime`` protocol."""

import ctypes.util
import sys
from pathlib import Path
from typing import Literal

from search.embedding.backbone import Backbone, Ensemble, Exported, Model
from search.embedding.runtimes.joint_runtime import JointRuntime
from search.embedding.runtimes.runtime import Look, Runtime
from search.errors import ModelError

__all__ = ["Look", "Runtime", "RuntimeName", "start_runtime"]

RuntimeName = Literal["auto", "openvino", "torch"]

# OpenVINO and NNCF report their use to their makers, unless they cannot import this.
sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]


def start_runtime(model: Model, name: RuntimeName, cache: Path | None) -> Runtime:
    """Torch on a GPU when there is one, else OpenVINO; ``torch`` is the float32 reference.

    An exported model runs in its own engine. ``cache`` is a folder where a converted network may
    be kept for the next start. Raises ModelError when an engine is missing, or cannot run the
    model.
    """
    if isinstance(model, Ensemble):
        return JointRuntime(model, [start_runtime(one, name, cache) for one in model.members])
    from search.embedding.runtimes.openvino_runtime import OpenVinoRuntime
    from search.embedding.runtimes.torch_runtime import TorchRuntime

    if model.exported:
        return _start_exported(model, model.exported, name, cache)
    if name == "torch" or (name == "auto" and _has_gpu()):
        return TorchRuntime(model)
    return OpenVinoRuntime(model, cache)


def _start_exported(
    model: Backbone, exported: Exported, name: RuntimeName, cache: Path | None
) -> Runtime:
    from search.embedding.runtimes.onnx_runtime import OnnxRuntime
    from search.embedding.runtimes.openvino_runtime import OpenVinoRuntime

    if name not in ("auto", exported.engine):
        raise ModelError(
            f"'{model.spec}' was exported for {exported.engine} and cannot run in {name}; choose "
            "the runtime 'auto', or the model that it was exported from."
        )
    if exported.engine == "onnx":
        return OnnxRuntime(exported, model.preprocessing.size, cache)
    return OpenVinoRuntime(model, cache)


def _has_gpu() -> bool:
    """Asks for the driver first: importing torch takes seconds, and most laptops have no GPU."""
    if ctypes.util.find_library("cuda") is None:
        return False
    import torch

    return torch.cuda.is_available()
