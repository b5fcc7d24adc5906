"""Notes what is asked, looks now and then whether it has shifted, and warns."""

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf
from threading import Lock
from time import monotonic

from api.schemas import Page, SimilarQuery
from api.watching import sentences
from api.watching.drift import LEAST, Drift, compare_categories, compare_scores
from api.watching.reference import NoReference, Reference
from api.watching.stability import Counts
from api.watching.window import Window
from search.answers import Answer
from search.peers import Peers
from search.versions.manifest import Manifest

log = logging.getLogger(__name__)

Counted = tuple[Counts, Counter[str]]

_NAME = "windows"
"""What processes of one server call what they have seen."""

EVERY = 5.0
"""Seconds between two comparisons: one takes 20 ms, or 80 with hundreds of categories."""


@dataclass(frozen=True, slots=True)
class Look:
    """How many recent queries there are, and what they differ in, or why that is not known."""

    window: int
    drift: Drift | None = None
    reason: str | None = None


class Watch:
    """The queries of a server, beside the held-out ones of the version that answers.

    Many threads may share it, and none waits for the comparison of another one. A new version
    starts anew.
    """

    def __init__(self, clock: Callable[[], float] = monotonic, peers: Peers | None = None) -> None:
        self._clock = clock
        self._lock = Lock()
        self._watched: _VersionWatch | None = None
        self._peers = peers
        if peers:
            peers.share(_NAME, self._own)

    def note(self, page: Page, answer: Answer, manifest: Manifest) -> None:
        """Remember a query that was answered; ``manifest`` is of the version that answers now."""
        if is_comparable(page, answer) and answer.index.version == manifest.version:
            self._of(manifest).note(answer)

    def look(self, manifest: Manifest) -> Look:
        """What is known of the queries of a version, a few seconds old at most."""
        return self._of(manifest).look()

    def _own(self, version: int) -> Counted | None:
        """What this process saw of that version's queries."""
        watched = self._watched
        return watched.counts() if watched and watched.version == version else None

    def _of(self, manifest: Manifest) -> "_VersionWatch":
        with self._lock:
            if self._watched is None or self._watched.version != manifest.version:
                self._watched = _VersionWatch(manifest, self._clock, self._peers)
            return self._watched


def is_comparable(page: Page, answer: Answer) -> bool:
    """Whether a query is asked as the held-out ones are: a whole picture to the whole catalog.

    A filter, another page or a region moves the scores, and ``min_match`` leaves low ones out; a
    product finds itself; a picture that is asked again was counted before.
    """
    again = isinstance(page, SimilarQuery) and page.image_id is not None
    whole = answer.query.box == (0, 0, *answer.query.size)
    narrowed = page.filter or page.offset or page.min_match
    by_product = answer.query.product_id is not None
    return bool(answer.results) and whole and not (again or narrowed or by_product)


class _VersionWatch:
    """The queries that one version answered."""

    def __init__(self, manifest: Manifest, clock: Callable[[], float], peers: Peers | None) -> None:
        self.version = manifest.version
        self._peers = peers
        self._clock = clock
        self._comparing = Lock()
        self._next = -inf
        self._reference: Reference | None = None
        try:
            self._reference = Reference.of(manifest)
            self._look = Look(0, reason=_too_few(0))
            self._window = Window(len(self._reference.scores.shares), clock)
        except NoReference as error:
            self._look = Look(0, reason=str(error))

    def counts(self) -> Counted | None:
        """In which bins the recent scores fell, and the categories."""
        return None if self._reference is None else self._window.counts()

    def note(self, answer: Answer) -> None:
        """Remember the score of the first result and the likeliest category."""
        if self._reference is None:
            return
        category = answer.categories[0].path if answer.categories else ""
        self._window.add(self._reference.score_bin(answer.results[0].score), category)
        self.look()

    def look(self) -> Look:
        """Compare if that is due and nobody else does."""
        if self._reference is None or not self._comparing.acquire(blocking=False):
            return self._look
        try:
            if self._clock() >= self._next:
                before = self._look.drift
                self._look = self._compare(self._reference, before)
                self._report(before, self._look.drift)
                self._next = self._clock() + EVERY
        finally:
            self._comparing.release()
        return self._look

    def _compare(self, reference: Reference, before: Drift | None) -> Look:
        recent, seen = self._window.counts()
        for theirs in self._peers.ask(_NAME, self.version) if self._peers else ():
            recent, seen = recent + theirs[0], seen + theirs[1]
        count = int(recent.sum())
        if count < LEAST:
            return Look(count, reason=_too_few(count))
        scores = compare_scores(reference, recent, before.scores if before else None)
        categories = compare_categories(reference, seen, before.categories if before else None)
        shifted = scores.shifted or bool(categories and categories.shifted)
        since = None
        if shifted:
            since = before.since if before and before.since else _now()
        return Look(count, Drift(count, scores, categories, shifted, since))

    def _report(self, before: Drift | None, now: Drift | None) -> None:
        was = before is not None and before.shifted
        if now and now.shifted and not was:
            log.warning(sentences.shifted(now, self.version))
        elif now and was and not now.shifted:
            log.warning(sentences.back(now, self.version))


def _too_few(count: int) -> str:
    return f"A comparison needs {LEAST} queries, and {count} can be compared so far."


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
