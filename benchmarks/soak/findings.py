"""What the clients of the soak find out."""

import time
from collections import Counter
from dataclasses import dataclass, field
from threading import Event, Lock
from typing import Any

import httpx

ITSELF, SAME = 0.999, 5e-3
"""The least score of a picture with itself; scores of one pair differ by no more than SAME."""

VISIBLE = 25.0
"""Seconds after which no process may show a deleted product; the database may be away for ten."""

SETTLED = 3.0
"""Seconds after a cut or a kill in which what began meanwhile may still end badly."""

Scores = dict[str, float]


@dataclass
class Findings:
    """What happened, added to by every thread.

    ``errors`` counts by what they are; those that neither a cut nor a kill explains are in
    ``unexpected`` too. ``cuts`` are from when until when the database was away, ``kills`` when a
    worker was killed.
    """

    seconds: list[float] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    unexpected: list[str] = field(default_factory=list)
    failed_builds: list[str] = field(default_factory=list)
    expected: dict[int, dict[str, Scores]] = field(default_factory=dict)
    waiting: dict[int, list[tuple[str, Scores, set[str] | None]]] = field(default_factory=dict)
    versions: Counter[int] = field(default_factory=Counter)
    deleted: dict[str, float] = field(default_factory=dict)
    changes: Counter[str] = field(default_factory=Counter)
    visible: list[float] = field(default_factory=list)
    cuts: list[tuple[float, float]] = field(default_factory=list)
    kills: list[float] = field(default_factory=list)
    sent_again: list[float] = field(default_factory=list)
    done: Event = field(default_factory=Event)
    lock: Lock = field(default_factory=Lock)
    started: float = field(default_factory=time.monotonic)
    skipped: int = 0
    checked: int = 0

    def begin(self) -> None:
        """What comes now counts."""
        self.started = time.monotonic()

    def expect(self, holds: bool, otherwise: str) -> None:
        """Note what does not hold."""
        if not holds:
            self.wrong.append(otherwise[:2000])

    def failed(self, answer: httpx.Response | httpx.HTTPError, began: float) -> float:
        """Note an answer that is none; seconds after which the client may ask again."""
        code = _code(answer)
        now = time.monotonic()
        is_refusal = not isinstance(answer, httpx.HTTPError) and answer.status_code == 503
        again = None if isinstance(answer, httpx.HTTPError) else answer.headers.get("Retry-After")
        in_cut = any(start <= now and began <= end + SETTLED for start, end in self.cuts)
        in_kill = any(kill <= now and began <= kill + SETTLED for kill in self.kills)
        if is_refusal and in_cut:
            self.errors[f"in a cut: {code}"] += 1
        elif isinstance(answer, httpx.HTTPError) and in_kill:
            self.errors[f"with a killed worker: {code}"] += 1
        else:
            self.errors[f"unexpected: {code}"] += 1
            text = answer.text if isinstance(answer, httpx.Response) else repr(answer)
            self.unexpected.append(f"{now - self.started:.1f} s: {text[:500]}")
        return float(again or 0.2)

    def show(self, version: int, asked: str, scores: Scores, among: set[str] | None) -> None:
        """Hold an answer's scores against the version's, now or as soon as they are known.

        ``among`` are the products that it may show, None when it shows only a part of the best.
        """
        self.versions[version] += 1
        with self.lock:
            if version not in self.expected:
                self.waiting.setdefault(version, []).append((asked, scores, among))
                return
        self._check(version, asked, scores, among)

    def know(self, version: int, expected: dict[str, Scores]) -> None:
        """What a version must say of the products that are asked for."""
        with self.lock:
            self.expected[version] = expected
            waiting = self.waiting.pop(version, [])
        for one in waiting:
            self._check(version, *one)

    def _check(self, version: int, asked: str, scores: Scores, among: set[str] | None) -> None:
        right = self.expected[version][asked]
        self.checked += 1
        wrong: dict[str, Any] = {
            one: (scores[one], right[one])
            for one in scores.keys() & right.keys()
            if abs(scores[one] - right[one]) > SAME
        }
        if among is not None and scores:
            least = min(scores.values()) + 2 * SAME
            wrong |= {
                one: ("missing", score)
                for one, score in right.items()
                if score > least and one not in scores and one in among
            }
        self.expect(not wrong, f"version {version}, {asked}: {wrong}")


def _code(answer: httpx.Response | httpx.HTTPError) -> str:
    if isinstance(answer, httpx.HTTPError):
        return type(answer).__name__
    try:
        return f"{answer.status_code} {answer.json()['code']}"
    except (ValueError, KeyError, TypeError):
        return str(answer.status_code)
