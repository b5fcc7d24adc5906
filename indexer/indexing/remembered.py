"""What an earlier version says of its vector index."""

from collections.abc import Sequence

from pydantic import TypeAdapter

from indexer.indexing.candidates import default_memory
from indexer.indexing.records import TARGET_RECALL, IndexReport, Limits, Trial
from indexer.recorded import read_record
from search.versions.manifest import Manifest

_REPORT = TypeAdapter(IndexReport)

_ALIKE = 1.25
"""Trials hold until the catalog has grown or shrunk by this factor."""


def read_index_report(made: Manifest) -> IndexReport | None:
    """What choosing and tuning found; None in versions of earlier releases.

    Raises IndexDamaged when the manifest holds something else.
    """
    return read_record(_REPORT, made.index, f"What version {made.version} says of its index")


def limits_for(live: Manifest | None) -> Limits:
    """Those that a version was made within, else the defaults."""
    report = read_index_report(live) if live else None
    if report is None:
        return Limits(TARGET_RECALL, default_memory())
    return Limits(report.target_recall, report.max_memory)


def trials_for(live: Manifest | None, images: int, limits: Limits) -> Sequence[Trial]:
    """The trials of a version that hold for so many images now; none where they do not."""
    report = read_index_report(live) if live else None
    if report is None or report.target_recall != limits.target_recall:
        return ()
    times = images / report.images
    return report.tried if 1 / _ALIKE <= times <= _ALIKE else ()
