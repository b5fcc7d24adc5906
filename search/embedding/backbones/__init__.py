"""Model specification → backbone, one file for each library that models come from."""

import pickle
from collections.abc import Callable
from pathlib import Path

from search.embedding.backbone import Backbone
from search.embedding.backbones import (
    efficientnet_lite,
    hub_models,
    open_clip_models,
    timm_models,
    torchvision_models,
)
from search.embedding.torchvision_ops import declare_missing_operators
from search.errors import ModelError

DEFAULT_SPEC = "efficientnet_lite0"

LIBRARIES: dict[str, Callable[[str], Backbone]] = {
    "timm": timm_models.load,
    "torchvision": torchvision_models.load,
    "open_clip": open_clip_models.load,
    "hf-hub": hub_models.load,
}

_FORMS = (
    f"{DEFAULT_SPEC}, timm:NAME[/CHECKPOINT], torchvision:NAME[/CHECKPOINT], "
    "open_clip:MODEL/PRETRAINED-OR-CHECKPOINT or hf-hub:REPO"
)

# What the libraries raise for names they do not know, weights they cannot fetch or read, and
# checkpoints of another shape; hub and network errors are OSErrors or RuntimeErrors.
_LOADING_ERRORS = (
    OSError,
    RuntimeError,
    ValueError,
    KeyError,
    AttributeError,
    AssertionError,
    pickle.UnpicklingError,
)


def load_backbone(spec: str) -> Backbone:
    """Find the backbone that ``spec`` names; raises ModelError when it cannot be loaded.

    The default needs neither network nor torch until its features are wanted.
    """
    if spec == DEFAULT_SPEC:
        return efficientnet_lite.load(spec)
    library, _, name = spec.partition(":")
    if library not in LIBRARIES or not name:
        raise ModelError(f"'{spec}' is not a model specification; known forms are {_FORMS}.")
    declare_missing_operators()
    try:
        return LIBRARIES[library](_with_whole_path(spec))
    except _LOADING_ERRORS as error:
        reason = _first_line(error)
        raise ModelError(
            f"The model '{spec}' cannot be loaded: {reason}; check its name and its weights "
            "(a local file of weights may follow a slash)."
        ) from error


def _with_whole_path(spec: str) -> str:
    """A checkpoint's path from the root, so that an index made with it opens from anywhere."""
    model, slash, checkpoint = spec.partition("/")
    if slash and Path(checkpoint).is_file():
        return f"{model}/{Path(checkpoint).resolve()}"
    return spec


def _first_line(error: BaseException) -> str:
    text = str(error).strip()
    return text.splitlines()[0][:300] if text else type(error).__name__
