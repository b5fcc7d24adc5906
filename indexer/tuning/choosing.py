"""The journey to a head: hold images out, try heads on them, keep what certainly helps."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from time import perf_counter

import numpy as np

from indexer.tuning.contest import Contest, Entry
from indexer.tuning.labels import Labelled
from indexer.tuning.recipes import tuned
from indexer.tuning.records import Tuning, TuningReport
from indexer.tuning.sampling import Sample
from indexer.tuning.splitting import Split, split
from indexer.workbench import Workbench
from search.arrays import Floats
from search.embedding.head import ENOUGH_IMAGES, Head, fit_whitening

_Fit = Callable[[Iterable[Floats]], Head]


def choose_head(bench: Workbench, sample: Sample, images: int) -> Tuning:
    """The head for a catalog with so many usable images, of which a sample was read."""
    own = bench.embedder.backbone.head
    return choose(sample.labelled, own, images, lambda: _features(bench))


def choose(
    labelled: Labelled, own: Head, images: int, features: Callable[[], Iterable[Floats]]
) -> Tuning:
    """The best head for so many images, by what was measured on some that were held out.

    Without labels it is the model's ``own`` head, else half-whitened PCA where there are enough
    images for it, else the plain features. Another of these must certainly be better than the
    first: the lower end of the gain's paired bootstrap interval is above 0. A head that was fitted
    to labels must certainly be better than the best of these. ``features`` gives (n, d) chunks of
    all images.
    """
    started = perf_counter()
    untuned = _untuned(own, images)
    halves = split(labelled)
    if halves is None:
        name, fit = next(iter(untuned.items()))
        head, refit = fit(features()), None
        reason = "Too few images with labels could be held out, so nothing was measured."
        report = TuningReport((), name, len(labelled.features), 0, 0.0, reason)
    else:
        contest = _contest(halves, untuned, labelled, features)
        head, used = _on_all(contest)
        refit = used.refit
        report = TuningReport(
            candidates=contest.candidates(used),
            chosen=used.name,
            images=len(labelled.features),
            held_out=len(used.hits),
            seconds=0.0,
            reason=contest.reason(used),
        )
    report = replace(report, seconds=round(perf_counter() - started, 2))
    return Tuning(head, report, refit)


def _untuned(own: Head, images: int) -> dict[str, _Fit]:
    """Name → how to fit it to chunks of features; the first is used by default."""
    fits: dict[str, _Fit] = {}
    if own.kind != "plain":
        fits["the model's own head"] = lambda _: own
    if images >= ENOUGH_IMAGES:
        fits["whitened"] = fit_whitening
    return {**fits, "plain": lambda _: Head()}


def _contest(
    halves: Split,
    untuned: dict[str, _Fit],
    labelled: Labelled,
    features: Callable[[], Iterable[Floats]],
) -> Contest:
    return Contest(
        [
            Entry(
                name,
                halves.hits(fit([halves.learn.features])),
                partial(lambda fit: fit(features()), fit),
            )
            for name, fit in untuned.items()
        ],
        [
            Entry(recipe.name, halves.hits(head), partial(recipe.fit, labelled), recipe.fit)
            for recipe, head in tuned(halves)
        ],
    )


def _on_all(contest: Contest) -> tuple[Head, Entry]:
    """The first that can be fitted to all images, and its head."""
    for used in (contest.winner, contest.default):
        head = used.on_all()
        if head is not None:
            return head, used
    raise AssertionError("a head without labels can always be fitted")


def _features(bench: Workbench) -> Iterator[Floats]:
    for _, rows in bench.store.chunks():
        yield rows[np.isfinite(rows).all(axis=1)]
