"""A backbone: the pretrained network that turns prepared pixels into features."""

import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cached_property
from json import dumps
from typing import TYPE_CHECKING

from search.embedding.preprocessing import Preprocessing

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Backbone:
    """What is known about a network before it is needed.

    ``network`` builds it: (n, 3, size, size) float32, normalised → (n, dim) float32. ``weights``
    is a digest of its parameters. ``exact_layers`` numbers the convolutions (in order of
    execution) whose rounding to bfloat16 would move vectors by more than the tolerance.
    """

    spec: str
    dim: int
    preprocessing: Preprocessing
    weights: str
    network: Callable[[], "nn.Module"]
    exact_layers: frozenset[int] = frozenset()

    @cached_property
    def fingerprint(self) -> str:
        """16 hex digits that change with the weights and with the preprocessing."""
        facts = dumps([self.weights, asdict(self.preprocessing)], sort_keys=True)
        return hashlib.sha256(facts.encode()).hexdigest()[:16]


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
