"""What every inference engine looks like to the rest of the program."""

from typing import NamedTuple, Protocol

from search.arrays import Floats, Pixels


class Look(NamedTuple):
    """What a network makes of n pictures, and where.

    ``features`` is (n, dim). ``maps`` is (n, h, w, channels) float32, what is averaged over the
    positions on the way to the features; None for networks that pool in another way.
    """

    features: Floats
    maps: Floats | None


class Runtime(Protocol):
    """Prepared pixels to features, safe to call from several threads."""

    name: str
    """Engine, device and precision, as in ``openvino cpu bfloat16``."""

    @property
    def block(self) -> int:
        """How many pictures one call should carry to keep the device busy."""
        ...

    def features(self, pixels: Pixels) -> Floats:
        """(n, size, size, 3) uint8 → (n, dim) float32, for any n ≥ 1."""
        ...

    def look(self, pixels: Pixels) -> Look:
        """The same features, and the maps that they come from."""
        ...

    def positions(self, pixels: Pixels) -> Floats | None:
        """(n, size, size, 3) uint8 → (n, h, w, dim) float32, whose mean over h and w are the
        features; None for networks that do not average."""
        ...
