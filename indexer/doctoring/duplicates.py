"""Several products with one picture, byte for byte."""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from indexer.doctoring.records import Finding, Kind, Shown

_PLACEHOLDER = 4
"""A picture that so many products have shows none of them."""


def duplicates(images: Sequence[Shown]) -> Iterator[Finding]:
    """One finding for each picture that several products have."""
    by_content = defaultdict[str, list[Shown]](list)
    for image in images:
        by_content[image.sha256].append(image)
    for same in by_content.values():
        if len({image.product_id for image in same}) > 1:
            yield shared(same, Kind.DUPLICATE, 1.0)


def shared(same: Sequence[Shown], kind: Kind, score: float) -> Finding:
    """That images of several products are the same, which is a placeholder when many have it."""
    products = len({image.product_id for image in same})
    how = "the same picture" if kind is Kind.DUPLICATE else "nearly the same picture"
    if products >= _PLACEHOLDER:
        return Finding(
            Kind.PLACEHOLDER, f"{products} products have {how}.", tuple(same), float(products)
        )
    return Finding(kind, f"{products} products have {how}.", tuple(same), round(score, 4))
