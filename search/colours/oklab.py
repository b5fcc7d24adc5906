"""OKLab: colours as numbers whose distances are those that people see."""

import numpy as np
from numpy.typing import NDArray

from search.arrays import Floats

Colours = NDArray[np.uint8] | NDArray[np.floating]

# Ottosson, "A perceptual color space for image processing" (2020): linear sRGB → LMS → OKLab.
_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def oklab(rgb: Colours) -> Floats:
    """(…, 3) sRGB, 0 to 255 → (…, 3): lightness 0 to 1, green to red, blue to yellow.

    Equal steps look equal.
    """
    share = rgb.astype(np.float64) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return np.asarray(np.cbrt(linear @ _TO_LMS.T) @ _TO_LAB.T, np.float32)
