"""What two products, or a picture and a product, have in common, and what sets them apart."""

from collections.abc import Mapping, Sequence

import numpy as np

from search.catalog.records import CATEGORY_SEPARATOR, Product, Scalar
from search.colours import Colour
from search.colours.oklab import oklab
from search.explaining import ColourComparison, Different
from search.predictions.columns import BRAND
from search.predictions.prototypes import CATEGORY

_COMPARED = (CATEGORY, BRAND, "price", "in_stock")


def common_path(one: str, other: str) -> str | None:
    """The longest beginning that two category paths share, whole names only."""
    both = zip(one.split(CATEGORY_SEPARATOR), other.split(CATEGORY_SEPARATOR), strict=False)
    same = []
    for name, its in both:
        if name != its or not name:
            break
        same.append(name)
    return CATEGORY_SEPARATOR.join(same) or None


def facts_of(product: Product) -> dict[str, Scalar]:
    """The brand and every other column that it has a value in."""
    brand = {BRAND: product.brand} if product.brand else {}
    return brand | {name: one for name, one in product.attributes.items() if one != ""}


def common_values(one: Mapping[str, Scalar], other: Mapping[str, Scalar]) -> dict[str, Scalar]:
    """What both have, and the same."""
    return {name: value for name, value in one.items() if other.get(name) == value}


def differences(result: Product, following: Product) -> dict[str, Different]:
    """The columns whose values differ; texts that name or describe a product are left out."""
    ones, others = _columns(result), _columns(following)
    return {
        name: Different(ones.get(name), others.get(name))
        for name in dict.fromkeys([*ones, *others])
        if ones.get(name) != others.get(name)
    }


def compare_colours(query: Sequence[Colour], result: Sequence[Colour]) -> ColourComparison:
    """How much colour must be moved how far to make one picture's colours the other's.

    The earth mover's distance of Rubner, Tomasi and Guibas, "The Earth Mover's Distance as a
    Metric for Image Retrieval", IJCV 2000, in OKLab.
    """
    difference = None
    if query and result:
        import cv2

        distance, _, _ = cv2.EMD(_signature(query), _signature(result), cv2.DIST_L2)
        difference = round(float(distance), 4)
    return ColourComparison(list(query), list(result), difference)


def _columns(product: Product) -> dict[str, Scalar]:
    known = {name: getattr(product, name) for name in _COMPARED}
    found = known | product.attributes
    return {name: value for name, value in found.items() if value is not None and value != ""}


def _signature(colours: Sequence[Colour]) -> "np.ndarray[tuple[int, int], np.dtype[np.float32]]":
    """(n, 4) float32: shares that add up to 1, and where each is in OKLab."""
    shares = np.array([max(one.share, 1e-3) for one in colours])
    rgb = np.array([list(bytes.fromhex(one.hex[1:])) for one in colours], np.uint8)
    table = np.column_stack([shares / shares.sum(), oklab(rgb)])
    return np.ascontiguousarray(table, np.float32)
