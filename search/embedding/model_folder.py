"""A model that was made here, as a folder that ``--model`` takes: what its ``config.json`` says.

config.json          what kind of model it is, and how to load it
model.safetensors    trained: the network's weights
model.xml, .bin      exported for OpenVINO: the network
model.onnx           exported for ONNX Runtime: the network
head.safetensors     tuned, or exported with a head: the head
README.md            the model card, for people
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from search.embedding.backbone import Engine, Precision
from search.embedding.model_files import CONFIG
from search.embedding.preprocessing import Preprocessing


class _Config(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    format: Literal[1] = 1


class TrainedConfig(_Config):
    """A network of its own: a trunk, and an embedding layer in place of its classifier.

    ``architecture`` builds the trunk, which gives ``features`` numbers; ``dim`` are embedded.
    ``flip`` averages the features of a picture and its mirror image. ``classes`` are the category
    paths that it was trained to tell apart, in the order of the rows of ``classifier.weight``.
    """

    kind: Literal["trained"] = "trained"
    architecture: str
    features: int
    dim: int
    preprocessing: Preprocessing
    exact_layers: tuple[int, ...] = ()
    flip: bool = False
    classes: tuple[str, ...] = ()


class TunedConfig(_Config):
    """A head for the features of another model: ``base`` is that model's specification."""

    kind: Literal["tuned"] = "tuned"
    base: str
    head_kind: str


class ExportedConfig(_Config):
    """A network in the file format of an inference engine, ``file`` beside the configuration.

    It takes (n, size, size, 3) uint8 and gives (n, ``dim``) float32. ``of`` is the specification
    that it was made from; with a ``head_kind`` there is a head too.
    """

    kind: Literal["exported"] = "exported"
    of: str
    engine: Engine
    precision: Precision
    file: str
    dim: int
    preprocessing: Preprocessing
    exact_layers: tuple[int, ...] = ()
    head_kind: str = ""


Config = TrainedConfig | TunedConfig | ExportedConfig

_ANY: TypeAdapter[Config] = TypeAdapter(Annotated[Config, Field(discriminator="kind")])


def read_config(folder: Path) -> Config:
    """Raises ValueError, or OSError when it cannot be read."""
    try:
        return _ANY.validate_json((folder / CONFIG).read_bytes())
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ValueError(f"{folder / CONFIG}: {place or 'it'}: {first['msg']}") from error


def write_config(folder: Path, config: Config) -> None:
    """What ``read_config`` reads."""
    (folder / CONFIG).write_text(config.model_dump_json(indent=2) + "\n")
