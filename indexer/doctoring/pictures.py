"""Pictures that are no use whatever they show: blank, mostly text, blurred, tiny, several."""

from collections.abc import Iterator, Sequence

import numpy as np

from indexer.doctoring.looking import Looks
from indexer.doctoring.records import Finding, Kind, Shown

_BLANK = 0.003
"""Less than this share of the pixels is of another colour."""

_TEXT = 0.6
_BLURRED = 0.6
_TINY = 100
"""Pixels of a side: Google Merchant Center, for one, takes no smaller picture."""

_MOST_PRODUCTS = 12
"""More pieces than that are a pattern, or parts of one thing."""


def picture_faults(images: Sequence[Shown], looks: Looks) -> Iterator[Finding]:
    """At most one fault of each picture: what is blank is not called blurred too."""
    for at, image in enumerate(images):
        if not np.isnan(looks.blur[at]):
            found = _fault(image, looks, at)
            if found:
                yield found


def _fault(image: Shown, looks: Looks, at: int) -> Finding | None:
    def finding(kind: Kind, score: float, reason: str) -> Finding:
        return Finding(kind, reason, (image,), round(score, 4))

    stands_out, blur, text = (
        float(values[at]) for values in (looks.stands_out, looks.blur, looks.text)
    )
    products = int(looks.products[at])
    if stands_out < _BLANK:
        return finding(Kind.BLANK, stands_out, "The picture is of one colour.")
    if min(image.size) < _TINY:
        size = f"{image.size[0]} x {image.size[1]}"
        return finding(Kind.TINY, min(image.size), f"The picture has {size} pixels only.")
    if text > _TEXT:
        return finding(Kind.TEXT, text, "Most of what the picture shows is letters.")
    if blur > _BLURRED:
        return finding(Kind.BLURRED, blur, "The picture is blurred.")
    if 1 < products <= _MOST_PRODUCTS:
        return finding(Kind.SEVERAL, products, f"The picture shows {products} separate things.")
    return None
