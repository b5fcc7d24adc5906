"""Model specification → backbone, one file for each library that models come from."""

import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from search.embedding.backbone import Backbone, Ensemble, Model
from search.embedding.backbones import (
    efficientnet_lite,
    exported_models,
    hub_models,
    open_clip_models,
    timm_models,
    torchvision_models,
    trained_models,
)
from search.embedding.head import Head
from search.embedding.model_files import HEAD, is_model_folder
from search.embedding.torchvision_ops import declare_missing_operators
from search.errors import ModelError

Found = TypeVar("Found", bound=Model)

DEFAULT_SPEC = "efficientnet_lite0"

LIBRARIES: dict[str, Callable[[str], Backbone]] = {
    "timm": timm_models.load,
    "torchvision": torchvision_models.load,
    "open_clip": open_clip_models.load,
    "hf-hub": hub_models.load,
}

_FORMS = (
    f"{', '.join(efficientnet_lite.SPECS)}, timm:NAME[/CHECKPOINT], torchvision:NAME[/CHECKPOINT], "
    "open_clip:MODEL/PRETRAINED-OR-CHECKPOINT, hf-hub:REPO, a folder made by 'indexer train', "
    "'tune' or 'export', or several joined by +"
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


def load_model(spec: str) -> Model:
    """What ``spec`` names: a backbone, with the head that comes with it, or an ensemble of several.

    The default needs neither network nor torch until its features are wanted. Raises ModelError
    when it cannot be loaded.
    """
    if is_model_folder(spec):
        return _loaded(_from_folder, spec)
    if "+" in spec:
        members = tuple(load_backbone(part.strip()) for part in spec.split("+"))
        return Ensemble("+".join(member.spec for member in members), members)
    return load_backbone(spec)


def load_backbone(spec: str) -> Backbone:
    """What ``spec`` names, if it is one network; raises ModelError otherwise."""
    if is_model_folder(spec):
        found = _loaded(_from_folder, spec)
        if isinstance(found, Ensemble):
            raise ModelError(f"'{spec}' is an ensemble, where one network is wanted.")
        return found
    if spec in efficientnet_lite.SPECS:
        return _loaded(efficientnet_lite.load, spec)
    if Path(spec).is_absolute():  # as versions name folders
        raise ModelError(
            f"The model folder '{spec}' is gone, or has no config.json; put it back, or build the "
            "index with another --model."
        )
    library, _, name = spec.partition(":")
    if library not in LIBRARIES or not name:
        raise ModelError(f"'{spec}' is not a model specification; known forms are {_FORMS}.")
    declare_missing_operators()
    return _loaded(LIBRARIES[library], _with_whole_path(spec))


def _loaded(load: Callable[[str], Found], spec: str) -> Found:
    try:
        return load(spec)
    except _LOADING_ERRORS as error:
        reason = _first_line(error)
        raise ModelError(
            f"The model '{spec}' cannot be loaded: {reason}; check its name and its weights "
            "(a local file of weights may follow a slash)."
        ) from error


def _from_folder(spec: str) -> Model:
    """What ``indexer train``, ``tune`` or ``export`` made."""
    from search.embedding.model_folder import TrainedConfig, TunedConfig, read_config

    folder = Path(spec).resolve()
    config = read_config(folder)
    if isinstance(config, TrainedConfig):
        return trained_models.load(folder, config)
    if isinstance(config, TunedConfig):
        head = Head.load(folder / HEAD, config.head_kind)
        return replace(load_model(config.base), spec=str(folder), head=head)
    return exported_models.load(folder, config)


def _with_whole_path(spec: str) -> str:
    """A checkpoint's path from the root, so that an index made with it opens from anywhere."""
    model, slash, checkpoint = spec.partition("/")
    if slash and Path(checkpoint).is_file():
        return f"{model}/{Path(checkpoint).resolve()}"
    return spec


def _first_line(error: BaseException) -> str:
    text = str(error).strip()
    return text.splitlines()[0][:300] if text else type(error).__name__
