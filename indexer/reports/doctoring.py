"""The page of ``indexer doctor``: each finding with its pictures side by side."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from indexer.doctoring.records import Diagnosis, Finding, Kind, Shown
from indexer.doctoring.tables import MEANINGS
from indexer.progress import Steps
from indexer.reports.pages import write_page
from search.fetching.fetcher import Fetcher
from search.images.thumbnails import data_uri_of

MOST_SHOWN = 100
"""Findings of a kind with pictures: a browser shows some hundreds of them at ease."""

_MOST_PICTURES = 8

_Tiles = list[tuple[Shown, str | None]]


@dataclass(frozen=True, slots=True)
class _Row:
    """A finding, and its pictures as data URIs where there are any; ``more`` have none here."""

    finding: Finding
    images: _Tiles
    beside: _Tiles
    more: int


@dataclass(frozen=True, slots=True)
class _Section:
    kind: Kind
    meaning: str
    count: int
    rows: list[_Row]


def write_doctor_report(
    path: Path, diagnosis: Diagnosis, fetch_allow: tuple[str, ...], steps: Steps
) -> None:
    """Write the page; pictures that cannot be read (any more) are left blank. Raises OSError."""
    with Fetcher(allow=fetch_allow) as fetcher:
        sections = list(_sections(diagnosis, fetcher, steps))
    write_page(path, "doctoring.html", {"diagnosis": diagnosis, "sections": sections})


def _sections(diagnosis: Diagnosis, fetcher: Fetcher, steps: Steps) -> Iterator[_Section]:
    for kind, count in diagnosis.counts.items():
        if not count:
            continue
        shown = [one for one in diagnosis.findings if one.kind is kind][:MOST_SHOWN]
        step = steps.start(f"Report: {kind}", len(shown))
        rows = []
        with ThreadPoolExecutor() as threads:
            for row in threads.map(partial(_row, fetcher=fetcher), shown):
                rows.append(row)
                step(1)
        yield _Section(kind, MEANINGS[kind], count, rows)


def _row(finding: Finding, fetcher: Fetcher) -> _Row:
    def tiles(images: tuple[Shown, ...]) -> _Tiles:
        return [(one, data_uri_of(one.place, fetcher)) for one in images]

    shown = finding.images[:_MOST_PICTURES]
    return _Row(finding, tiles(shown), tiles(finding.beside), len(finding.images) - len(shown))
