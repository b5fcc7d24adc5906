"""What every inference engine looks like to the rest of the program."""

from typing import Protocol

from search.arrays import Floats, Pixels


class Runtime(Protocol):
    """Prepared pixels to features, safe to call from several threads."""

    name: str
    """Engine, device and precision, as in ``openvino cpu bfloat16``."""

    block: int
    """How many pictures one call should carry to keep the device busy."""

    def features(self, pixels: Pixels) -> Floats:
        """(n, size, size, 3) uint8 → (n, dim) float32, for any n ≥ 1."""
        ...
