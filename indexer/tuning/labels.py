"""What a catalog knows of its pictures: the labels that a head can be tuned on."""

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from search.arrays import Floats
from search.catalog.records import CATEGORY_SEPARATOR, Scalar

Labels = NDArray[np.int64]
"""(n,) numbers from 0, one for each image; -1 says that nothing is known."""

Mask = NDArray[np.bool_]
"""(n,) one for each image."""

_MOST_VALUES = 1_000
"""A column with more different values is a text, or a number of something."""

_MOST_PRODUCTS = 2_000

_UNSURE = 0.5
"""The weight of an attribute: pictures cannot show all of them."""


@dataclass(frozen=True, eq=False, slots=True)
class Task:
    """One thing to tell apart: each value has at least two different images.

    ``weight`` is how much it counts beside the others.
    """

    name: str
    labels: Labels
    weight: float = 1.0

    @property
    def classes(self) -> int:
        """How many values there are."""
        return int(self.labels.max(initial=-1)) + 1


@dataclass(frozen=True, eq=False, slots=True)
class Labelled:
    """Images with what is known of them.

    ``features`` is (n, d) float32 with finite numbers only. ``products`` are those with several
    different images, and ``faces`` (n,) says which is the first one of such a product. ``leaves``
    are the whole category paths that several different images have. ``levels`` go from the roots
    of the categories down; ``attributes`` are the brand and every column of texts or truth values.
    """

    features: Floats
    products: Labels
    faces: Mask
    leaves: Labels
    levels: tuple[Task, ...]
    attributes: tuple[Task, ...]

    @property
    def classes(self) -> Labels:
        """The finest that is known of each image: its product, else its category."""
        beyond = int(self.products.max(initial=-1)) + 1
        category = np.where(self.leaves >= 0, self.leaves + beyond, -1)
        return np.where(self.products >= 0, self.products, category)

    @property
    def kinds(self) -> tuple[Task, ...]:
        """Products, where several have several images, and the levels of the categories.

        Of very many products so many are told apart as can be in the time.
        """
        product = Task("product", np.where(self.products < _MOST_PRODUCTS, self.products, -1))
        return (product, *self.levels) if product.classes > 1 else self.levels

    def only(self, which: Mask) -> Self:
        """Some of the images, (n,) True for those; labels keep their numbers."""

        def cut(tasks: tuple[Task, ...]) -> tuple[Task, ...]:
            return tuple(replace(task, labels=task.labels[which]) for task in tasks)

        return replace(
            self,
            features=self.features[which],
            products=self.products[which],
            faces=self.faces[which],
            leaves=self.leaves[which],
            levels=cut(self.levels),
            attributes=cut(self.attributes),
        )


class Row(NamedTuple):
    """An image as the catalog has it: ``sha256`` says which images are the same."""

    image_id: int
    position: int
    product_id: str
    sha256: str
    category: str
    brand: str
    attributes: dict[str, Scalar]


def label(rows: Sequence[Row], features: Floats) -> Labelled:
    """What the rows say of images with (n, d) ``features``."""
    contents = [row.sha256 for row in rows]
    paths = [_path(row.category) for row in rows]
    own = _codes([row.product_id for row in rows], contents)
    return Labelled(
        features=features,
        products=own,
        faces=_faces(own, np.array([row.position for row in rows], np.int64)),
        leaves=_codes([path or None for path in paths], contents),
        levels=_levels(paths, contents),
        attributes=_attributes(rows, contents),
    )


def _path(category: str) -> tuple[str, ...]:
    return tuple(category.split(CATEGORY_SEPARATOR)) if category else ()


def _codes(values: Sequence[Hashable | None], contents: Sequence[str]) -> Labels:
    """Values, None where unknown → labels of those that at least two different images have."""
    seen = defaultdict[Hashable, set[str]](set)
    for value, content in zip(values, contents, strict=True):
        if value is not None:
            seen[value].add(content)
    several = sorted((value for value, them in seen.items() if len(them) > 1), key=repr)
    numbers = {value: number for number, value in enumerate(several)}
    return np.array([numbers.get(value, -1) for value in values], np.int64)


def _faces(own: Labels, positions: Labels) -> Mask:
    """The first image of each product."""
    order = np.lexsort((positions, own))
    faces = np.zeros(len(own), bool)
    faces[order[np.unique(own[order], return_index=True)[1]]] = True
    return faces & (own >= 0)


def _levels(paths: list[tuple[str, ...]], contents: list[str]) -> tuple[Task, ...]:
    """One task for each depth that tells more apart than the one above it."""
    found: list[Task] = []
    for depth in range(1, max(map(len, paths), default=0) + 1):
        cut = [path[:depth] if len(path) >= depth else None for path in paths]
        task = Task(f"category {depth}", _codes(cut, contents))
        if task.classes > 1 and not (found and np.array_equal(task.labels, found[-1].labels)):
            found.append(task)
    return tuple(found)


def _attributes(rows: Sequence[Row], contents: list[str]) -> tuple[Task, ...]:
    names = sorted({name for row in rows for name in row.attributes})
    columns = {"brand": [row.brand or None for row in rows]} | {
        f"attribute {name}": [_word(row.attributes.get(name)) for row in rows] for name in names
    }
    tasks = [Task(name, _codes(values, contents), _UNSURE) for name, values in columns.items()]
    return tuple(task for task in tasks if 1 < task.classes <= _MOST_VALUES)


def _word(value: Scalar | None) -> str | bool | None:
    return value if isinstance(value, str | bool) and value != "" else None
