"""Which images are held out to ask a version, and what then answers them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from indexer.tuning.labels import Labelled, Labels, Mask, Row
from indexer.tuning.records import Tuning
from indexer.tuning.sampling import Sample
from indexer.tuning.splitting import held_out
from search.arrays import Ids
from search.embedding.head import Head

Kind = Literal["product", "absent", "view", "named"]
"""As in ``Grade``. Of a ``named`` one people told the category; of its product nothing is known."""

FOLDS = 2
_ABSENT = 0.15
"""The share of the products with several images that are taken out whole, in each fold."""

_MOST = 800
_MOST_ABSENT = 300
"""Of products that were taken out whole, when there are others to ask about."""

_TWINS, _MOST_TWINS = 0.06, 300


@dataclass(frozen=True, eq=False, slots=True)
class Fold:
    """A gallery without some images, under a head that has not learned them.

    ``hidden`` (n,) says which images of the sample it lacks, ``ids`` are their ids. ``asked`` (q,)
    are the places in the sample of those that ask, ``kinds`` what each can find; ``twins`` (q,)
    says of which the gallery may hold others of the same series. ``missing`` are the products that
    were taken out whole, and their categories.
    """

    head: Head
    hidden: Mask
    ids: Ids
    asked: Labels
    kinds: list[Kind]
    twins: Mask
    missing: Mapping[str, str]

    def without(self, places: Labels) -> "Fold":
        """The same, but these images do not ask."""
        kept = np.flatnonzero(~np.isin(self.asked, places))
        kinds = [self.kinds[at] for at in kept]
        return replace(self, asked=self.asked[kept], kinds=kinds, twins=self.twins[kept])


def draw_folds(sample: Sample, tuning: Tuning) -> list[Fold]:
    """Each holds out whole series of about a fifth, and some products whole; see ``hold_out``.

    A few images more are held out at random, to ask as photos do that were taken along with those
    of the catalog. No image is asked in two folds.
    """
    folds: list[Fold] = []
    seen = np.empty(0, np.int64)
    for seed in range(FOLDS):
        fold = _fold(sample, tuning, seed).without(seen)
        folds.append(fold)
        seen = np.concatenate([seen, fold.asked])
    return folds


def _fold(sample: Sample, tuning: Tuning, seed: int) -> Fold:
    random = np.random.default_rng(seed)
    labelled = sample.labelled
    series = held_out(labelled, seed) | _absent(labelled.products, random)
    twins = _twins(labelled, series, random)
    hidden = series | twins
    there = {(row.product_id, row.sha256) for row in _rows(sample, ~hidden)}
    products = {product_id for product_id, _ in there}
    # The same bytes once more among what is searched would be no question.
    asking = np.array(
        [
            at
            for at in np.flatnonzero(hidden)
            if (sample.rows[at].product_id, sample.rows[at].sha256) not in there
        ],
        np.int64,
    )
    kinds: list[Kind] = [
        "product" if sample.rows[at].product_id in products else "absent" for at in asking
    ]
    chosen = _chosen(kinds, twins[asking], random)
    return Fold(
        _head(tuning, labelled, hidden),
        hidden,
        np.array([row.image_id for row in _rows(sample, hidden)], np.int64),
        asking[chosen],
        [kinds[at] for at in chosen],
        twins[asking[chosen]],
        {
            row.product_id: row.category
            for row in _rows(sample, hidden)
            if row.product_id not in products
        },
    )


def _chosen(kinds: list[Kind], twins: Mask, random: np.random.Generator) -> Labels:
    """The places of those that ask, of each kind no more than are needed."""
    order = random.permutation(len(kinds))
    is_twin = twins[order]
    there = np.array([kind == "product" for kind in kinds], bool)[order] & ~is_twin
    absent = ~there & ~is_twin
    most_absent = _MOST_ABSENT if there.any() else _MOST
    chosen = [order[there][:_MOST], order[absent][:most_absent], order[is_twin]]
    return np.sort(np.concatenate(chosen))


def _twins(labelled: Labelled, hidden: Mask, random: np.random.Generator) -> Mask:
    """(n,) True for some of the images that are not hidden yet and have a class."""
    possible = np.flatnonzero((labelled.classes >= 0) & ~labelled.faces & ~hidden)
    count = min(round(_TWINS * len(possible)), _MOST_TWINS)
    return np.isin(np.arange(len(hidden)), random.permutation(possible)[:count])


def _head(tuning: Tuning, labelled: Labelled, hidden: Mask) -> Head:
    """One that has not learned what is hidden; the same one where no labels were learned."""
    again = tuning.refit(labelled.only(~hidden)) if tuning.refit and hidden.any() else None
    return again or tuning.head


def _rows(sample: Sample, which: Mask) -> list[Row]:
    return [row for row, is_meant in zip(sample.rows, which, strict=True) if is_meant]


def _absent(products: Labels, random: np.random.Generator) -> Mask:
    """(n,) True for all images of some products that have several."""
    count = int(products.max(initial=-1)) + 1
    taken = random.permutation(count)[: round(_ABSENT * count)]
    return np.isin(products, taken)
