"""Lets torchvision import beside a torch build that its compiled part does not fit."""

from importlib.util import find_spec
from pathlib import Path

_SIGNATURE = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"


def declare_missing_operators() -> None:
    """Declare ``nms`` and ``qnms`` (signatures only) where torchvision's C++ part cannot load.

    torchvision's CUDA wheel imports next to a CPU build of torch only when these two exist;
    next to the build it was made for, it registers them itself, and must be alone in doing so.
    Classification backbones never call them.
    """
    import torch

    if _compiled_part_loads() or hasattr(torch.ops.torchvision, "nms"):
        return
    for name in ("nms", "qnms"):
        torch.library.define(f"torchvision::{name}", _SIGNATURE)


def _compiled_part_loads() -> bool:
    import torch

    package = find_spec("torchvision")
    for folder in (package and package.submodule_search_locations) or ():
        for path in Path(folder).glob("_C*"):
            try:
                torch.ops.load_library(str(path))  # type: ignore[no-untyped-call]
            except OSError:
                return False
            return True
    return False
