"""Photos that nobody took: strongly changed pictures of products that have one image."""

import io
import logging
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from random import Random

import numpy as np
from PIL import Image, ImageEnhance, ImageFilter

from indexer.grading.asking import Asked, Question, ask
from indexer.grading.probes import Fold
from indexer.tuning.labels import Row
from indexer.tuning.sampling import Sample
from indexer.workbench import Workbench
from search.arrays import Floats, Pixels
from search.catalog.catalog import Catalog
from search.embedding import Embedder
from search.errors import InvalidImage
from search.images import Picture, decode, load
from search.sources import is_url
from search.uploads import ImagePlaces

log = logging.getLogger(__name__)

_CROP = (0.45, 0.85)
"""From where to where the share of the area lies that is left."""

_TURN = 20
_ENHANCED = (0.6, 1.5)
_BLUR = 1.5
_QUALITY = (25, 70)

_BLOCK = 64
"""Pictures that are held at once."""

_SHARE = 0.05
_FEWEST, _MOST = 50, 500

_NOTE = (
    "Few products have several images, so p_same was learned from {views} strongly changed "
    "pictures of the catalog (turned, cropped, other light, blurred, compressed): photos that "
    "people take may differ more."
)
_NONE = (
    "Few products have several images and no local picture could be changed and asked, so p_same "
    "was not learned from such views."
)


def ask_views(
    bench: Workbench,
    sample: Sample,
    folds: Sequence[Fold],
    places: ImagePlaces | None,
    *,
    with_absent: bool,
) -> tuple[list[Asked], str]:
    """Ask about changed pictures of products that have one image, and a note about that.

    The folds share them out. ``with_absent`` asks each of them once more, as if its product were
    not there.
    """
    rows = _drawn(sample, folds)
    if places is None or not rows:
        return [], _NONE
    features, rows = _embedded(bench.catalog, places, bench.embedder, rows)
    if not rows:
        return [], _NONE
    views = []
    for at, fold in enumerate(folds):
        part = rows[at :: len(folds)]
        count = len(part)
        own = features[at :: len(folds)]
        views.append(Question(fold, own, part, ["view"] * count, ["series"] * count))
    asked = ask(bench.catalog, bench.store, views)
    without = [_without_own(one) for one in asked] if with_absent else []
    return asked + without, _NOTE.format(views=len(rows))


def _drawn(sample: Sample, folds: Sequence[Fold]) -> list[Row]:
    """Images that every fold searches, whose products have no other."""
    hidden = np.any([fold.hidden for fold in folds], axis=0)
    alone = np.flatnonzero((sample.labelled.products < 0) & ~hidden)
    most = int(np.clip(_SHARE * len(sample.rows), _FEWEST, _MOST))
    order = np.random.default_rng(0).permutation(len(alone))[:most]
    return [sample.rows[at] for at in np.sort(alone[order])]


def _without_own(one: Asked) -> Asked:
    own = one.row.product_id
    found = [it for it in one.found if it.product.product_id != own]
    return replace(one, kind="absent", found=found)


def _embedded(
    catalog: Catalog, places: ImagePlaces, embedder: Embedder, rows: Sequence[Row]
) -> tuple[Floats, list[Row]]:
    """The (q, d) features of a changed picture of each row, and these rows.

    Left out are pictures at URLs, which are not fetched again, those whose file is not there, and
    such small ones that a part of them is no picture.
    """
    found = catalog.images([row.image_id for row in rows])
    local = [
        (row, found[row.image_id].source)
        for row in rows
        if row.image_id in found and not is_url(found[row.image_id].source)
    ]

    def prepared(one: tuple[Row, str]) -> tuple[Row, Pixels] | None:
        row, source = one
        try:
            picture = decode(places.path(source).read_bytes(), source)
            view = load(changed(picture, Random(row.image_id)))  # noqa: S311 - no secret
        except (InvalidImage, OSError) as error:
            log.info("No view was made of '%s': %s", source, error)
            return None
        return row, embedder.backbone.preprocessing.apply(view)

    features = [np.empty((0, embedder.backbone.dim), np.float32)]
    kept: list[Row] = []
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        for start in range(0, len(local), _BLOCK):
            block = [one for one in threads.map(prepared, local[start : start + _BLOCK]) if one]
            if block:
                features.append(embedder.features(np.stack([pixels for _, pixels in block])))
                kept += [row for row, _ in block]
    return np.concatenate(features), kept


def changed(picture: Picture, random: Random) -> Image.Image:
    """Turned, cropped, in another light, out of focus and compressed hard."""
    width, height = picture.pixels.size
    turned = picture.pixels.rotate(
        random.uniform(-_TURN, _TURN), Image.Resampling.BILINEAR, fillcolor=(128, 128, 128)
    )
    side = random.uniform(*_CROP) ** 0.5
    left, top = random.uniform(0, 1 - side) * width, random.uniform(0, 1 - side) * height
    box = (int(left), int(top), int(left + side * width) + 1, int(top + side * height) + 1)
    view = turned.crop((box[0], box[1], min(box[2], width), min(box[3], height)))
    for enhancer in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
        view = enhancer(view).enhance(random.uniform(*_ENHANCED))
    view = view.filter(ImageFilter.GaussianBlur(random.uniform(0, _BLUR)))
    compressed = io.BytesIO()
    view.save(compressed, "JPEG", quality=random.randint(*_QUALITY))
    return Image.open(compressed).convert("RGB")
