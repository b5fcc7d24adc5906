"""Lets torchvision import beside a torch build that lacks its compiled operators."""


def declare_missing_operators() -> None:
    """Declare ``nms`` and ``qnms`` (signatures only) where torchvision's C++ part is not loaded.

    torchvision's CUDA wheel imports next to a CPU build of torch only when these two exist.
    Classification backbones never call them.
    """
    import torch

    signature = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
    for name in ("nms", "qnms"):
        if not _is_declared(torch.ops, name):
            torch.library.define(f"torchvision::{name}", signature)


def _is_declared(operators: object, name: str) -> bool:
    return hasattr(getattr(operators, "torchvision", None), name)
