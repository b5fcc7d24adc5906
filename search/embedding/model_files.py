"""What the files of a model folder are called, see ``model_folder``: known without reading any."""

from pathlib import Path

CONFIG = "config.json"
WEIGHTS = "model.safetensors"
HEAD = "head.safetensors"
CARD = "README.md"


def is_model_folder(spec: str) -> bool:
    """Whether a specification names a folder with a model."""
    return (Path(spec) / CONFIG).is_file()
