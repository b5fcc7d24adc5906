"""Which head a version gets, and how good it is."""

from dataclasses import asdict, dataclass
from typing import Any, Self

from indexer.grading.journey import Assessment, assess
from indexer.tuning.choosing import choose_head
from indexer.tuning.records import Tuning
from indexer.tuning.sampling import Sample, read_sample
from indexer.workbench import Workbench
from search.embedding.backbone import Model
from search.embedding.head import Head
from search.uploads import ImagePlaces
from search.versions import HEAD, IndexFolder
from search.versions.manifest import Manifest

_FEW = 0.02
"""The share of new images up to which a head is kept."""


@dataclass(frozen=True, eq=False, slots=True)
class FittedHead:
    """A head, the catalog's revision when it was fitted, and what was found then, for JSON."""

    head: Head
    revision: int
    report: dict[str, Any] | None
    assessment: Assessment

    @classmethod
    def of(
        cls,
        bench: Workbench,
        sample: Sample,
        tuning: Tuning,
        revision: int,
        places: ImagePlaces | None,
    ) -> Self:
        """What tuning chose, and how good it is; see ``assess``."""
        found = assess(bench, sample, tuning, revision, places)
        return cls(tuning.head, revision, asdict(tuning.report), found)

    @classmethod
    def kept(cls, folder: IndexFolder, live: Manifest) -> Self | None:
        """That of a version; None when it is of a release that did not grade."""
        if live.self_grade is None or live.calibration is None:
            return None
        head = Head.load(folder.folder(live.version) / HEAD, live.head_kind)
        found = Assessment(live.self_grade, live.calibration, live.reference, live.regions)
        return cls(head, live.head_revision, live.tuning, found)


def head_for(
    bench: Workbench, live: Manifest | None, images: int, places: ImagePlaces
) -> FittedHead:
    """The live version's head while nearly all images are those that it was fitted on.

    Fitting takes longer than all else that a small change needs.
    """
    if live and _still_fits(live, bench, images):
        kept = FittedHead.kept(bench.folder, live)
        if kept:
            return kept
    revision = bench.catalog.revision()
    sample = read_sample(bench.catalog.engine, bench.store, images)
    return FittedHead.of(bench, sample, choose_head(bench, sample, images), revision, places)


def _still_fits(live: Manifest, bench: Workbench, images: int) -> bool:
    model = bench.embedder.backbone
    same = (live.backbone, live.model_head) == (model.fingerprint, own_head(model))
    return same and bench.catalog.images_since(live.head_revision) <= _FEW * images


def own_head(model: Model) -> str:
    """The fingerprint of the head that comes with a model; empty when none does."""
    return "" if model.head.kind == "plain" else model.head.fingerprint
