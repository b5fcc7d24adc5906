"""Where a model computes: one file for each engine behind the ``Runtime`` protocol."""

import ctypes.util
from pathlib import Path
from typing import Literal

from search.embedding.backbone import Ensemble, Model
from search.embedding.runtimes.joint_runtime import JointRuntime
from search.embedding.runtimes.runtime import Runtime

__all__ = ["Runtime", "RuntimeName", "start_runtime"]

RuntimeName = Literal["auto", "openvino", "torch"]


def start_runtime(model: Model, name: RuntimeName, cache: Path | None) -> Runtime:
    """Torch on a GPU when there is one, else OpenVINO; ``torch`` is the float32 reference.

    ``cache`` is a folder where a converted network may be kept for the next start.
    """
    if isinstance(model, Ensemble):
        return JointRuntime(model, [start_runtime(one, name, cache) for one in model.members])
    from search.embedding.runtimes.openvino_runtime import OpenVinoRuntime
    from search.embedding.runtimes.torch_runtime import TorchRuntime

    if name == "torch" or (name == "auto" and _has_gpu()):
        return TorchRuntime(model)
    return OpenVinoRuntime(model, cache)


def _has_gpu() -> bool:
    """Asks for the driver first: importing torch takes seconds, and most laptops have no GPU."""
    if ctypes.util.find_library("cuda") is None:
        return False
    import torch

    return torch.cuda.is_available()
