"""A version grades itself: hold pictures out, ask with them, fit on half, judge on the rest."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from time import perf_counter
from typing import Any

import numpy as np

from indexer.grading.asking import Asked, Source, ask, question
from indexer.grading.attributes import Attribute, predict_attributes
from indexer.grading.figures import (
    by_category,
    findable,
    levels,
    rated,
    reference,
    retrieval,
    score_counts,
)
from indexer.grading.judged import with_judged
from indexer.grading.matching import FEWEST, Matched, fit_matching
from indexer.grading.means import Gallery, attribute_columns
from indexer.grading.predicting import Predicted, predict_categories
from indexer.grading.probes import Fold, draw_folds
from indexer.grading.records import Grade
from indexer.grading.views import ask_views
from indexer.regions.comparing import compare
from indexer.regions.cutting import cut_out
from indexer.tuning.records import Tuning
from indexer.tuning.sampling import Sample
from indexer.workbench import Workbench
from search.predictions.calibration import Calibration
from search.predictions.prototypes import CATEGORY
from search.uploads import ImagePlaces

_ABSENT = 0.25
"""So many pictures of products that are not there come to one of a product that is: probabilities
are right where one query in five shows nothing of the catalog."""

_LEARNED = (
    "The model came with a head of its own: if it was trained on these pictures, it knows them and "
    "the figures are too good."
)


@dataclass(frozen=True, eq=False, slots=True)
class Assessment:
    """What was found out about a head and a catalog, as JSON for the manifest.

    ``grade`` is a ``Grade``, ``calibration`` a ``Calibration``; ``reference`` is what queries are
    watched by, ``regions`` a ``RegionsReport``.
    """

    grade: dict[str, Any]
    calibration: dict[str, Any]
    reference: dict[str, Any] | None
    regions: dict[str, Any] | None = None


@dataclass(frozen=True, eq=False, slots=True)
class _Fits:
    """What was fitted to the held-out pictures."""

    matched: Matched | str
    sorted_in: list[Asked]
    predicted: Predicted
    attributes: list[Attribute]

    @classmethod
    def of(
        cls, sample: Sample, folds: Sequence[Fold], asked: list[Asked], judged: list[Asked]
    ) -> "_Fits":
        columns = attribute_columns(sample.rows)
        galleries = [Gallery.of(sample, fold, columns) for fold in folds]
        sorted_in = [
            one
            for one in _balanced(asked, "product") + judged
            if one.row.category in galleries[one.fold].columns[CATEGORY].prototypes.rows
        ]
        return cls(
            fit_matching(_balanced(asked) + [one for one in judged if one.kind != "named"]),
            sorted_in,
            predict_categories(sorted_in, galleries),
            predict_attributes(columns, asked, galleries),
        )

    @property
    def paths(self) -> dict[int, str]:
        """The predicted paths of held-out pictures, by their ``id()``."""
        both = zip(self.sorted_in, self.predicted.paths, strict=True)
        return {id(one): path for one, path in both if one.source == "series"}

    @property
    def calibration(self) -> Calibration:
        """What answers are turned into probabilities by."""
        matched = self.matched
        return Calibration(
            matching=matched.model if isinstance(matched, Matched) else None,
            reason="" if isinstance(matched, Matched) else matched,
            category=self.predicted.fusion,
            temperatures=self.predicted.temperatures,
            attributes={it.grade.name: it.fusion for it in self.attributes if it.grade.is_kept},
        )


def assess(
    bench: Workbench, sample: Sample, tuning: Tuning, revision: int, places: ImagePlaces | None
) -> Assessment:
    """Grade a head and fit what turns its answers into probabilities.

    Without ``places`` no picture is read again. ``revision`` is the catalog's.
    """
    started = perf_counter()
    folds = draw_folds(sample, tuning)
    parts = cut_out(bench, sample, folds, places)
    questions = with_judged([question(sample, fold) for fold in folds], bench)
    found = _by_source(ask(bench.catalog, bench.store, [*questions, *parts.questions]))
    asked = found["series"]
    notes = [_LEARNED] if bench.embedder.backbone.head is tuning.head else []
    if sum(one.kind == "product" for one in asked) < FEWEST:
        views, note = ask_views(bench, sample, folds, places, with_absent=not asked)
        asked, notes = [*asked, *views], [*notes, note]
    fits = _Fits.of(sample, folds, asked, found["judged"])
    below = findable(bench.catalog.categories(), folds)
    standard, by_it = rated(asked, FEWEST)
    grade = Grade(
        revision=revision,
        seconds=round(perf_counter() - started, 2),
        queries=dict(Counter(one.kind for one in asked)),
        notes=notes,
        standard=standard,
        metrics=retrieval(by_it, below) | levels(fits.sorted_in, fits.paths),
        twins=retrieval(rated(found["twin"], FEWEST)[1], below),
        categories=by_category(by_it, fits.paths, below),
        exact=None,
        match=fits.matched.grade if isinstance(fits.matched, Matched) else None,
        prediction=fits.predicted.grade,
        attributes=[one.grade for one in fits.attributes],
        scores=score_counts(asked),
    )
    watched = reference(fits.sorted_in or asked, fits.predicted.paths)
    regions = compare(parts, found["series"], found["part"])
    return Assessment(asdict(grade), asdict(fits.calibration), watched, asdict(regions))


def _by_source(found: Sequence[Asked]) -> dict[Source, list[Asked]]:
    sources: dict[Source, list[Asked]] = {"series": [], "twin": [], "judged": [], "part": []}
    for one in found:
        sources[one.source].append(one)
    return sources


def _balanced(asked: Sequence[Asked], *there: str) -> list[Asked]:
    """As many absent ones as queries in real life may be; all where there are few others."""
    absent = [one for one in asked if one.kind == "absent"]
    others = [one for one in asked if one.kind in (there or ("product", "view"))]
    if len(others) < FEWEST:
        return [*others, *absent]
    most = max(FEWEST, round(_ABSENT * len(others)))
    order = np.random.default_rng(0).permutation(len(absent))[:most]
    return [*others, *(absent[at] for at in np.sort(order))]
