"""Bars that a version must clear before it is made live."""

from collections.abc import Sequence

from indexer.grading.reading import read_grade
from indexer.requirements import Requirement
from search.errors import GradeRefused
from search.versions.manifest import Manifest


def insist_on(made: Manifest, requirements: Sequence[Requirement], live: Manifest | None) -> None:
    """Raise GradeRefused when a version misses one; ``live`` is the version that then stays.

    What was not measured is never enough.
    """
    grade = read_grade(made) if requirements else None
    measured = grade.metrics if grade else {}
    values = {name: metric.value for name, metric in measured.items() if metric}
    checked = [one.check(values.get(one.metric)) for one in requirements]
    missed = [one.sentence for one in checked if not one.is_met]
    if missed:
        stays = f": version {live.version} stays live" if live else ""
        raise GradeRefused(" ".join([*missed, f"Nothing was published{stays}."]))
