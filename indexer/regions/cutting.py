"""The strongest objects of some held-out pictures, as questions.

The pictures are read and embedded once more, twice: only a few, so that a build takes a few per
cent longer.
"""

import logging
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from indexer.grading.asking import Question
from indexer.grading.probes import Fold
from indexer.tuning.labels import Row
from indexer.tuning.sampling import Sample
from indexer.workbench import Workbench
from search.arrays import Floats, Pixels
from search.embedding import Embedder
from search.errors import InvalidImage
from search.images import Picture, decode, load
from search.regions.finding import stand_outs
from search.regions.placing import placed
from search.sources import is_url
from search.uploads import ImagePlaces

log = logging.getLogger(__name__)

_SHARE = 0.03
"""Of the catalog's pictures that are asked both ways, to keep the build short."""

_FEWEST, _MOST = 40, 300
"""Fewer decide nothing, and more would be sure of less than a point."""

_BLOCK = 32
"""Pictures that are held at once."""

_TOO_FEW = "there are too few pictures to hold out"


@dataclass(frozen=True, eq=False, slots=True)
class Parts:
    """The strongest objects of held-out pictures, as questions beside those of the whole ones."""

    questions: list[Question]
    seconds: float
    reason: str = ""


def cut_out(
    bench: Workbench, sample: Sample, folds: Sequence[Fold], places: ImagePlaces | None
) -> Parts:
    """The strongest object of some held-out pictures; of one in which none stands out nothing.

    Pictures at URLs are not fetched again.
    """
    started = perf_counter()
    drawn = [_drawn(sample, fold, len(folds)) for fold in folds]
    if places is None or sum(map(len, drawn)) < _FEWEST:
        return Parts([], 0.0, _TOO_FEW)
    questions = [
        _question(bench, sample, fold, kept, places)
        for fold, kept in zip(folds, drawn, strict=True)
    ]
    return Parts([one for one in questions if one.rows], perf_counter() - started)


def _drawn(sample: Sample, fold: Fold, folds: int) -> list[int]:
    """Places in ``fold.asked`` of pictures of held-out series, at random."""
    there = np.flatnonzero(~fold.twins)
    most = int(min(_MOST, _SHARE * len(sample.rows)) / folds)
    order = np.random.default_rng(1).permutation(len(there))[:most]
    return sorted(there[order].tolist())


def _question(
    bench: Workbench, sample: Sample, fold: Fold, drawn: Sequence[int], places: ImagePlaces
) -> Question:
    rows = [sample.rows[fold.asked[at]] for at in drawn]
    kinds = {sample.rows[fold.asked[at]].image_id: fold.kinds[at] for at in drawn}
    features, kept = _embedded(bench, places, rows)
    return Question(
        fold, features, kept, [kinds[row.image_id] for row in kept], ["part"] * len(kept)
    )


def _embedded(
    bench: Workbench, places: ImagePlaces, rows: Sequence[Row]
) -> tuple[Floats, list[Row]]:
    """The (q, d) features of the strongest objects, and whose they are."""
    known = bench.catalog.images([row.image_id for row in rows])
    local = [
        (row, known[row.image_id].source)
        for row in rows
        if row.image_id in known and not is_url(known[row.image_id].source)
    ]
    features = [np.empty((0, bench.embedder.backbone.dim), np.float32)]
    kept: list[Row] = []
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        for start in range(0, len(local), _BLOCK):
            read = threads.map(lambda one: _read(places, *one), local[start : start + _BLOCK])
            found = _objects(bench.embedder, [one for one in read if one])
            if found:
                parts = bench.embedder.runtime.look(np.stack([one for _, one in found]))
                features.append(parts.features)
                kept += [row for row, _ in found]
    return np.concatenate(features), kept


def _read(places: ImagePlaces, row: Row, source: str) -> tuple[Row, Picture] | None:
    try:
        return row, decode(places.path(source).read_bytes(), source)
    except (InvalidImage, OSError) as error:
        log.info("Nothing was cut out of '%s': %s", source, error)
        return None


def _objects(embedder: Embedder, read: Sequence[tuple[Row, Picture]]) -> list[tuple[Row, Pixels]]:
    """The strongest object of each picture, prepared, where one stands out."""
    if not read:
        return []
    preprocessing = embedder.backbone.preprocessing
    maps = embedder.runtime.look(np.stack([preprocessing.apply(one) for _, one in read])).maps
    found = []
    for (row, picture), seen in zip(read, () if maps is None else maps, strict=False):
        objects = placed(stand_outs(seen), preprocessing, picture.size)
        if objects:
            part = load(picture.pixels.crop(objects[0].box))
            found.append((row, preprocessing.apply(part)))
    return found
