"""What there is to learn from: a catalog's images with the class that each shows."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from indexer.holdout import Labels, Mask, hold_out
from indexer.training.local_pictures import LocalPictures
from indexer.workbench import Workbench
from search.arrays import Floats
from search.catalog.records import CATEGORY_SEPARATOR, CatalogImage
from search.errors import CatalogFileError

_MOST_CLASSES = 20_000
"""With more products than that, their categories are the classes."""


@dataclass(frozen=True, eq=False, slots=True)
class Examples:
    """n images: ``labels`` (n,) are indices into ``classes``, -1 where nothing is known.

    A class is a category path; where products have several images, it is a product, named by its
    category and id. ``features`` (n, d) are the base model's, ``held`` (n,) says which images are
    held out.
    """

    paths: list[Path]
    titles: list[str]
    labels: Labels
    classes: tuple[str, ...]
    features: Floats
    held: Mask

    def levels(self) -> list[Labels]:
        """For each category level above the classes: (classes,) the index of each class's part."""
        parts = [path.split(CATEGORY_SEPARATOR) for path in self.classes]
        levels = []
        for depth in range(1, max(map(len, parts), default=0)):
            names = [tuple(path[:depth]) for path in parts]
            known = sorted(set(names))
            if 1 < len(known) < len(self.classes):
                levels.append(np.array([known.index(name) for name in names]))
        return levels


def read_examples(bench: Workbench, pictures: LocalPictures, share: float, seed: int) -> Examples:
    """Every usable image of the catalog, ``share`` of them held out.

    Raises CatalogFileError when there is none, and FetchError.
    """
    ids, features = _features(bench)
    images = bench.catalog.images(ids)
    found = [images[one] for one in ids]
    paths = classes_of(found)
    classes = tuple(sorted({path for path in paths if path}))
    numbers = {path: number for number, path in enumerate(classes)}
    labels = np.array([numbers.get(path, -1) for path in paths], np.int64)
    return Examples(
        paths=[pictures.path(image) for image in found],
        titles=[image.product.title for image in found],
        labels=labels,
        classes=classes,
        features=features,
        held=hold_out(features, labels, share, seed) if share else np.zeros(len(ids), bool),
    )


def classes_of(images: Sequence[CatalogImage]) -> list[str]:
    """The class of each image, empty where nothing is known."""
    contents = {(image.product.product_id, image.sha256) for image in images}
    several = Counter(product_id for product_id, _ in contents)
    products = {product_id for product_id, count in several.items() if count > 1}
    if len(products) > _MOST_CLASSES:
        products = set()
    return [
        CATEGORY_SEPARATOR.join(
            filter(
                None,
                (
                    image.product.category,
                    image.product.product_id if image.product.product_id in products else "",
                ),
            )
        )
        for image in images
    ]


def _features(bench: Workbench) -> tuple[list[int], Floats]:
    chunks = list(bench.store.chunks())
    if not chunks:
        raise CatalogFileError(
            f"The catalog has no usable image to learn from; '{bench.folder.rejects}' says what is "
            "wrong."
        )
    ids = np.concatenate([ids for ids, _ in chunks]).tolist()
    return ids, np.concatenate([features for _, features in chunks])
