"""An export on trial: made from the catalog's images, and measured on those it has not seen."""

from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path

import numpy as np

from indexer.exporting.measuring import Measured, Trial
from indexer.exporting.model import write_model
from indexer.exporting.options import ExportOptions
from indexer.ingesting.journey import image_reader
from indexer.ingesting.pipeline import embed_images
from indexer.ingesting.reading import Reader
from indexer.workbench import Workbench
from search.arrays import Floats, Ids, Pixels
from search.embedding import Embedder
from search.embedding.backbone import Backbone
from search.embedding.backbones import load_backbone
from search.errors import CatalogFileError

_CALIBRATION = 300
"""Images that int8 takes its ranges from: more change nothing."""

_CHUNK = 1_000


def make_and_measure(
    backbone: Backbone, folder: Path, bench: Workbench, options: ExportOptions
) -> Measured:
    """Write the model into ``folder``; the bench has the features of the network in float32.

    Raises CatalogFileError when there is no usable image to measure with.
    """
    ids, before = _features(bench)
    found = bench.catalog.images(ids.tolist())
    trial = Trial.of([found[one] for one in ids.tolist()], before)
    with image_reader(options.catalog, bench, options.fetch_allow) as reader:
        seen = _calibration(ids, trial)
        write_model(backbone, folder, options, partial(_pictures, bench, reader, seen))
        exported = bench.with_embedder(Embedder(load_backbone(str(folder))))
        embed_images(exported, reader)
    still, after = _features(exported)  # an address may not have answered twice
    _, old, new = np.intersect1d(ids, still, return_indices=True)
    apply = backbone.head.apply
    left = replace(trial, labels=trial.labels[old], held=trial.held[old])
    return left.measure(apply(before[old]), apply(after[new]))


def _features(bench: Workbench) -> tuple[Ids, Floats]:
    """(n,) ids and (n, dim) features of every usable image."""
    chunks = list(bench.store.chunks())
    if not chunks:
        raise CatalogFileError(
            "The catalog has no usable image to measure with, so nothing was written; 'indexer "
            "embed' says what is wrong with each."
        )
    ids, features = zip(*chunks, strict=True)
    return np.concatenate(ids), np.concatenate(features)


def _calibration(ids: Ids, trial: Trial) -> set[int]:
    """Images that are not held out, so that these stay unseen; any where all others are."""
    rest = ids[~trial.held] if not trial.held.all() else ids
    chosen = np.random.default_rng(0).permutation(rest)[:_CALIBRATION]
    return set(chosen.tolist())


def _pictures(bench: Workbench, reader: Reader, chosen: set[int]) -> list[Pixels]:
    """The prepared pixels of images by id."""
    refs = chain.from_iterable(bench.catalog.images_to_read("", _CHUNK))
    read = (reader.read(ref).pixels for ref in refs if ref.image_id in chosen)
    return [pixels for pixels in read if pixels is not None]
