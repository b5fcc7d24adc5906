"""Where a backbone computes: one file for each engine behind the ``Runtime`` protocol."""

import ctypes.util
from pathlib import Path
from typing import Literal, Protocol

from search.arrays import Floats, Pixels
from search.embedding.backbone import Backbone

RuntimeName = Literal["auto", "openvino", "torch"]


class Runtime(Protocol):
    """Prepared pixels to features, safe to call from several threads."""

    name: str
    """Engine, device and precision, as in ``openvino cpu bfloat16``."""

    block: int
    """How many pictures one call should carry to keep the device busy."""

    def features(self, pixels: Pixels) -> Floats:
        """(n, size, size, 3) uint8 → (n, dim) float32, for any n ≥ 1."""
        ...


def start_runtime(backbone: Backbone, name: RuntimeName, cache: Path | None) -> Runtime:
    """Torch on a GPU when there is one, else OpenVINO; ``torch`` is the float32 reference.

    ``cache`` is a folder where a converted network may be kept for the next start.
    """
    from search.embedding.runtimes.openvino_runtime import OpenVinoRuntime
    from search.embedding.runtimes.torch_runtime import TorchRuntime

    if name == "torch" or (name == "auto" and _has_gpu()):
        return TorchRuntime(backbone)
    return OpenVinoRuntime(backbone, cache)


def _has_gpu() -> bool:
    """Asks for the driver first: importing torch takes seconds, and most laptops have no GPU."""
    if ctypes.util.find_library("cuda") is None:
        return False
    import torch

    return torch.cuda.is_available()
