"""How a head is fitted by gradient descent."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    """How to fit; the values were chosen on held-out photos of groceries and clothes.

    ``scale`` and ``margin`` are those of CosFace (Wang et al., CVPR 2018), ``smoothing`` that of
    the labels, ``dropout`` the share of a vector that a step leaves out. ``patience`` is how many
    epochs may bring no gain. An epoch has at most ``most_batches``: with more images it takes
    others each time.
    """

    epochs: int = 12
    patience: int = 3
    batch: int = 256
    most_batches: int = 40
    rate: float = 2e-3
    scale: float = 8.0
    margin: float = 0.1
    smoothing: float = 0.1
    dropout: float = 0.2
    seed: int = 0
