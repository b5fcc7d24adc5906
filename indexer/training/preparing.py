"""From a catalog file to examples, targets and a network that is ready to learn."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from indexer.ingesting.journey import embedded
from indexer.ingesting.rejects import RejectFile
from indexer.progress import Steps
from indexer.sources import opened, read_rows
from indexer.training.examples import Examples, read_examples
from indexer.training.local_pictures import LocalPictures
from indexer.training.module import Training
from indexer.training.network import Targets, warm_up_head
from indexer.training.objectives import Objective
from indexer.training.recipe import Recipe
from indexer.training.titles import title_vectors
from indexer.workbench import Workbench
from search.arrays import Floats
from search.embedding import Embedder
from search.embedding.backbone import Backbone, width_of
from search.embedding.backbones import load_backbone, load_model
from search.embedding.embedding_network import EmbeddingNetwork
from search.embedding.head import ENOUGH_IMAGES, fit_whitening
from search.embedding.preprocessing import Preprocessing
from search.errors import CatalogFileError, ModelError
from search.fetching.fetcher import Fetcher
from search.uploads import ImagePlaces
from search.versions import IndexFolder

_LARGER = 9 / 7
_STEP = 32
"""The finished model's pictures are so much larger than the training's, in steps of so many px."""

_WIDEST = 1_024
"""A teacher's vectors that are longer are projected."""


@dataclass(frozen=True, eq=False, slots=True)
class Prepared:
    """What training needs; ``shown`` and ``finished`` are how pictures are prepared while training
    and for the finished model."""

    training: Training
    examples: Examples
    base: Backbone
    shown: Preprocessing
    finished: Preprocessing
    rejected: int


def prepare(
    catalog: Path, work: Path, recipe: Recipe, fetch_allow: tuple[str, ...], steps: Steps
) -> Prepared:
    """Read the catalog, embed it with the base, and start the new head from those features.

    ``work`` keeps what was read and embedded. Raises CatalogFileError, ModelError or FetchError.
    """
    base = load_backbone(recipe.base)
    size, test_size = _sizes(base, recipe)
    folder = IndexFolder(work / "catalog")
    places = ImagePlaces(catalog.parent, folder.path)
    with (
        _embedded(catalog, folder, Embedder(base), fetch_allow, steps) as (bench, rejected),
        Fetcher(allow=fetch_allow) as fetcher,
    ):
        pictures = LocalPictures(places, fetcher, work / "pictures")
        examples = read_examples(bench, pictures, recipe.holdout, recipe.seed)
    wanted = None
    if recipe.teacher:
        teacher = Embedder(load_model(recipe.teacher))
        with _embedded(catalog, folder, teacher, fetch_allow, steps) as (bench, _):
            wanted = torch.from_numpy(_teachers_vectors(bench))
    else:
        _check_classes(catalog, examples)
    texts = title_vectors(recipe.base, examples.titles)
    targets = Targets(torch.from_numpy(examples.labels), wanted, texts)
    return Prepared(
        training=_start(base, examples, targets, recipe),
        examples=examples,
        base=base,
        shown=replace(base.preprocessing, size=size),
        finished=replace(base.preprocessing, size=test_size),
        rejected=rejected,
    )


@contextmanager
def _embedded(
    catalog: Path,
    folder: IndexFolder,
    embedder: Embedder,
    fetch_allow: tuple[str, ...],
    steps: Steps,
) -> Iterator[tuple[Workbench, int]]:
    """The catalog with every usable image's features, and how many rows or images were rejected."""
    rows = steps.count("Catalog rows", opened(read_rows(catalog)))
    folder.create()
    with (
        RejectFile(folder.rejects) as rejects,
        embedded(folder, catalog, rows, embedder, rejects, fetch_allow, steps) as bench,
    ):
        yield bench, rejects.count


def _sizes(base: Backbone, recipe: Recipe) -> tuple[int, int]:
    """Pixels of the side in training, and of the finished model.

    Raises ModelError when the network cannot be trained, or not at that size.
    """
    if not base.architecture:
        raise ModelError(
            f"'{base.spec}' cannot be trained further: nothing says how its network is built; "
            "start from a packaged, timm, torchvision or open_clip model."
        )
    own = base.preprocessing.size
    size = recipe.size or own
    larger = _STEP * round(size * _LARGER / _STEP)
    if recipe.test_size is None:
        return _checked(base, size), larger if _takes(base, larger) else size
    return _checked(base, size), _checked(base, recipe.test_size)


def _checked(base: Backbone, size: int) -> int:
    if not _takes(base, size):
        own = base.preprocessing.size
        raise ModelError(
            f"'{base.spec}' takes pictures of {own} px only, not {size}; leave the size out."
        )
    return size


def _takes(base: Backbone, size: int) -> bool:
    """Whether the network takes pictures of that size; transformers often do not."""
    if size == base.preprocessing.size:
        return True
    try:
        width_of(base.network(), size)
    except (RuntimeError, ValueError, AssertionError):
        return False
    return True


def _check_classes(catalog: Path, examples: Examples) -> None:
    """Raises CatalogFileError where there is nothing to tell apart."""
    if len(examples.classes) < 2:
        found = f"all are of '{examples.classes[0]}'" if examples.classes else "none has a category"
        raise CatalogFileError(
            f"{catalog}: its {len(examples.labels)} usable images give nothing to tell apart "
            f"({found}); add categories, several images for each product, or learn from another "
            "model with --teacher."
        )


def _teachers_vectors(bench: Workbench) -> Floats:
    """(n, dim) unit rows."""
    features = np.concatenate([features for _, features in bench.store.chunks()])
    head = bench.embedder.head
    if head.dim(features.shape[1]) > _WIDEST and len(features) >= ENOUGH_IMAGES:
        head = fit_whitening([features])
    return head.apply(features)


def _start(base: Backbone, examples: Examples, targets: Targets, recipe: Recipe) -> Training:
    torch.manual_seed(recipe.seed)
    dim = recipe.dim if targets.vectors is None else targets.vectors.shape[1]
    network = EmbeddingNetwork(base.network(), base.dim, dim)
    objective = Objective(recipe, dim, len(examples.classes), examples.levels())
    free = np.flatnonzero(~examples.held)
    warm_up_head(network, objective, examples.features, targets, recipe, free)
    held = np.flatnonzero(examples.held)
    return Training(network, objective, targets, recipe, held)
