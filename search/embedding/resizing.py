"""Resizing with the processor's vector instructions, as Pillow does it and several times faster."""

from typing import Literal

import numpy as np
from cykooz_resizer import (
    CropBox,
    FilterType,
    ImageData,
    PixelType,
    ResizeAlg,
    ResizeOptions,
    Resizer,
)
from PIL import Image

from search.arrays import Pixels

Interpolation = Literal["bicubic", "bilinear"]

_FILTERS = {"bicubic": FilterType.catmull_rom, "bilinear": FilterType.bilinear}


def resized(
    picture: Image.Image,
    size: tuple[int, int],
    interpolation: Interpolation,
    box: tuple[float, float, float, float] | None = None,
) -> Pixels:
    """An RGB picture, or its ``box`` (left, top, width, height), → (height, width, 3) uint8.

    The filter widens as the picture shrinks, as Pillow's does. Values differ from Pillow's by a
    fifth of a step on average and by a few at most, since it rounds after the rows and this after
    the columns.
    """
    # Bytes, not Pillow's own memory: what that looks like is not promised.
    source = ImageData(*picture.size, PixelType.U8x3, picture.tobytes())
    target = ImageData(*size, PixelType.U8x3)
    options = ResizeOptions(
        ResizeAlg.convolution(_FILTERS[interpolation]),
        use_alpha=False,
        crop_box=None if box is None else CropBox(*box),
    )
    Resizer().resize(source, target, options)
    return np.frombuffer(target.get_buffer(), np.uint8).reshape(size[1], size[0], 3)
