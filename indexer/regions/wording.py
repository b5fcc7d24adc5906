"""What a version found out about objects in pictures, in one sentence, and out of its manifest."""

from pydantic import TypeAdapter

from indexer.recorded import read_record
from indexer.regions.comparing import RegionsReport
from search.versions.manifest import Manifest

_REPORT = TypeAdapter(RegionsReport)


def read_regions(made: Manifest) -> RegionsReport | None:
    """None in versions of earlier releases; raises IndexDamaged for what no build writes."""
    return read_record(_REPORT, made.regions, f"What version {made.version} says of regions")


def summary(report: RegionsReport | None) -> str:
    """Where objects are searched instead of whole pictures, and on how many photos that rests."""
    if report is None:
        return "Whole pictures are searched: this version was built by an earlier release."
    if not report.departments:
        return f"Whole pictures are searched: {report.reason}."
    found = report.departments.values()
    photos, better, worse = (
        sum(counts) for counts in zip(*((x.photos, x.better, x.worse) for x in found), strict=True)
    )
    asked = (
        f"of {photos} held-out photos their strongest object alone found {better} more and {worse} "
        "fewer"
    )
    names = [name or "(no category)" for name, one in report.departments.items() if one.searched]
    if not names:
        return f"Whole pictures are searched: {asked}."
    return f"In {', '.join(names)} the strongest object is searched, elsewhere the whole: {asked}."
