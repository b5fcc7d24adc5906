"""A version's grade out of its manifest."""

from dataclasses import dataclass
from typing import Self

from pydantic import TypeAdapter

from indexer.grading.records import Grade
from indexer.indexing.records import IndexReport
from indexer.indexing.remembered import read_index_report
from indexer.recorded import not_written, read_record
from indexer.regions.comparing import RegionsReport
from indexer.regions.wording import read_regions
from search.errors import NotGraded
from search.versions import IndexFolder
from search.versions.manifest import Manifest

_GRADE = TypeAdapter(Grade)


@dataclass(frozen=True, slots=True)
class GradedVersion:
    """A version, its grade, its index and its regions.

    ``revision`` is the newest catalog change inside.
    """

    version: int
    model: str
    built_at: str
    products: int
    images: int
    revision: int
    grade: Grade
    index: IndexReport | None = None
    regions: RegionsReport | None = None

    @classmethod
    def read(cls, folder: IndexFolder, number: int | None = None) -> Self:
        """The live version, or that of a number.

        Raises IndexNotFound, VersionNotFound, IndexDamaged or NotGraded.
        """
        made = folder.require_live() if number is None else folder.version(number)
        grade = read_grade(made)
        if grade is None:
            raise NotGraded(
                f"Version {made.version} was built before grades were measured; run "
                "'indexer build' to make a new version."
            )
        return cls(
            version=made.version,
            model=made.model,
            built_at=made.built_at,
            products=made.products,
            images=made.images,
            revision=made.revision,
            grade=grade,
            index=read_index_report(made),
            regions=read_regions(made),
        )


def read_grade(made: Manifest) -> Grade | None:
    """What a version found out about itself; None in versions of earlier releases.

    Raises IndexDamaged when the manifest holds something else.
    """
    subject = f"The grade of version {made.version}"
    grade = read_record(_GRADE, made.self_grade, subject)
    if grade is None:
        return None
    scores = grade.scores
    if any(
        len(scores.edges) != len(kind) + 1 for kind in (scores.right, scores.wrong, scores.absent)
    ):
        raise not_written(subject)
    return grade
