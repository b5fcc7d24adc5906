"""The array types that travel between the rooms."""

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
"""(n, height, width, 3) RGB pictures, or one without the first axis."""

Floats = NDArray[np.float32]
"""(n, d) features or vectors, one row for each image."""

Ids = NDArray[np.int64]
"""(n,) image ids."""


def unit_rows(rows: Floats) -> Floats:
    """(n, d) float32 → the same rows at unit length; a row of zeros stays zero."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, np.finfo(np.float32).tiny), dtype=np.float32)
