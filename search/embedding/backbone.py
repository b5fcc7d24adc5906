"""A backbone: the pretrained network that turns prepared pixels into features. Or several."""

import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from functools import cached_property
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from search.embedding.head import Head
from search.embedding.preprocessing import JointPreprocessing, Preprocessing

if TYPE_CHECKING:
    from torch import nn


Engine = Literal["openvino", "onnx"]
Precision = Literal["float32", "bfloat16", "int8"]


@dataclass(frozen=True, slots=True)
class Exported:
    """A network as a file of an inference engine: (n, size, size, 3) uint8 → (n, dim) float32.

    With OpenVINO's ``.xml`` goes a ``.bin`` of the same name.
    """

    path: Path
    engine: Engine
    precision: Precision


@dataclass(frozen=True)
class Backbone:
    """What is known about a network before it is needed.

    ``network`` builds it: (n, 3, size, size) float32, normalised → (n, dim) float32. ``weights``
    is a digest of its parameters. ``exact_layers`` numbers the convolutions (in order of
    execution) whose rounding to bfloat16 would move vectors by more than the tolerance.
    ``architecture`` builds the same network with any weights, empty where that has no name.
    ``head`` comes with the model, as one that was tuned elsewhere does. An ``exported`` model has
    a file in place of its network.
    """

    spec: str
    dim: int
    preprocessing: Preprocessing
    weights: str
    network: Callable[[], "nn.Module"] = field(repr=False)
    exact_layers: frozenset[int] = frozenset()
    architecture: str = ""
    head: Head = field(default_factory=Head)
    exported: Exported | None = None

    @cached_property
    def fingerprint(self) -> str:
        """16 hex digits that change with the weights and with the preprocessing."""
        facts = dumps([self.weights, asdict(self.preprocessing)], sort_keys=True)
        return hashlib.sha256(facts.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Ensemble:
    """Several backbones, whose features stand side by side, each member's at unit length.

    Each counts the same, however wide it is; a head that is tuned on top weighs them.
    """

    spec: str
    members: tuple[Backbone, ...]
    head: Head = field(default_factory=Head)

    @property
    def dim(self) -> int:
        """How many features the members have together."""
        return sum(member.dim for member in self.members)

    @property
    def preprocessing(self) -> JointPreprocessing:
        """Every member's pixels of one picture."""
        return JointPreprocessing(tuple(member.preprocessing for member in self.members))

    @cached_property
    def fingerprint(self) -> str:
        """16 hex digits that change with any member's, and with their order."""
        facts = " ".join(member.fingerprint for member in self.members)
        return hashlib.sha256(facts.encode()).hexdigest()[:16]


Model = Backbone | Ensemble


def width_of(network: "nn.Module", size: int) -> int:
    """How many features come of a picture: libraries' own figures leave out some heads."""
    import torch

    with torch.inference_mode():
        return int(network.eval()(torch.zeros(1, 3, size, size)).shape[1])


def digest_of(network: "nn.Module") -> str:
    """A hex digest of every parameter and buffer, names and values."""
    digest = hashlib.sha256()
    for name, tensor in sorted(network.state_dict().items()):
        digest.update(f"{name} {tuple(tensor.shape)} {tensor.dtype}".encode())
        digest.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()
