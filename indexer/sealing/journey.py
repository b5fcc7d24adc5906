"""From features to a sealed, published version: head, vectors, manifest."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from indexer.grading.bars import insist_on
from indexer.indexing.catalog_vectors import CatalogVectors
from indexer.indexing.records import Limits
from indexer.indexing.remembered import limits_for
from indexer.indexing.version_index import index_of, share_found, vectors_file
from indexer.memory import give_back_freed_memory
from indexer.requirements import Requirement
from indexer.sealing.heads import FittedHead, head_for, own_head
from indexer.sealing.prototypes import PrototypeSums
from indexer.workbench import Workbench
from search.catalog.records import VersionRecord
from search.errors import CatalogFileError
from search.predictions.prototypes import save_prototypes
from search.uploads import ImagePlaces
from search.vectors.publishing import collections_of, show_live
from search.versions import HEAD, KEPT, PROTOTYPES
from search.versions.manifest import Manifest


def seal(
    bench: Workbench,
    live: Manifest | None,
    image_root: Path,
    keep: int = KEPT,
    requirements: Sequence[Requirement] = (),
    limits: Limits | None = None,
) -> Manifest:
    """Publish a version of what the catalog holds now, unless ``live`` finds all of that.

    ``keep`` old versions stay beside it. The vector index keeps to ``limits``, by default those of
    ``live``. Hold the folder's lock meanwhile. Raises CatalogFileError when the catalog has nothing
    to search, GradeRefused when the version misses a requirement; ``live`` then stays.
    """
    _, images = bench.catalog.counts()
    if not images:
        raise CatalogFileError(
            f"The catalog has no usable image, so nothing was published; '{bench.folder.rejects}' "
            "says what is wrong."
        )
    places = ImagePlaces(image_root, bench.folder.path)
    check = partial(insist_on, requirements=requirements, live=live)
    limits = limits or limits_for(live)
    made = live
    if made is None or not _is_current(made, bench, image_root, limits):
        fitted = head_for(bench, live, images, places)
        made = publish(bench, fitted, image_root, live, limits, check)
    else:
        check(made)
    prune(bench, keep, live)
    bench.catalog.forget_gone()
    places.forget_unused(bench.catalog.engine)
    return made


def prune(bench: Workbench, keep: int, live: Manifest | None) -> None:
    """Delete old versions but ``keep``, with what is in Milvus of them; ``live`` was so until now.

    Their collections are dropped by the next build if Milvus is away now. Hold the folder's lock.
    """
    bench.folder.prune(keep, live.version if live else None)
    if bench.milvus:
        show_live(bench.folder, bench.milvus)
        collections_of(bench.folder, bench.milvus).drop_others(bench.versions())


def _is_current(live: Manifest, bench: Workbench, image_root: Path, limits: Limits) -> bool:
    model = bench.embedder.backbone
    same = model.fingerprint, own_head(model), str(image_root)
    return (
        (live.backbone, live.model_head, live.image_root) == same
        and bench.catalog.images_revision() <= live.revision
        and live.self_grade is not None  # it is of an earlier release: a build is how to grade it
        and limits == limits_for(live)
        and vectors_file(bench) in {file.name for file in live.files}
    )


def publish(
    bench: Workbench,
    fitted: FittedHead,
    image_root: Path,
    live: Manifest | None,
    limits: Limits,
    check: Callable[[Manifest], None] = lambda _: None,
) -> Manifest:
    """Seal what the catalog holds now under a head, and make it live. Hold the folder's lock.

    Nothing is written when ``check`` raises. What was found out for ``live`` about vector indexes
    is not tried again.
    """
    revision = bench.catalog.revision()  # live writes may commit while the features are read
    products, images = bench.catalog.counts()
    found = fitted.assessment
    sums = PrototypeSums(bench.catalog.engine, list(found.calibration["attributes"]))
    bench.embedder.stop()  # no picture is read any more
    give_back_freed_memory()
    version = max(bench.folder.next_version(), bench.catalog.last_version() + 1)
    stream = CatalogVectors(bench, fitted.head, images, sums)
    vectors, index = index_of(bench, stream, version, live, limits)
    grade = found.grade | {"exact": share_found(vectors, index)}
    model = bench.embedder.backbone
    manifest = Manifest(
        version=version,
        built_at=datetime.now(UTC).isoformat(timespec="seconds"),
        spec=model.spec,
        backbone=model.fingerprint,
        head=fitted.head.fingerprint,
        head_kind=fitted.head.kind,
        products=products,
        images=len(vectors),
        revision=revision,
        image_root=str(image_root),
        grade=_recall(grade),
        head_revision=fitted.revision,
        tuning=fitted.report,
        model_head=own_head(model),
        self_grade=grade,
        calibration=found.calibration,
        reference=found.reference,
        index=asdict(index),
        regions=found.regions,
    )

    check(manifest)

    def write(folder: Path) -> None:
        fitted.head.save(folder / HEAD)
        vectors.save(folder / vectors_file(bench))
        save_prototypes(sums.prototypes(), folder / PROTOTYPES)

    def note(made: Manifest) -> None:
        bench.catalog.add_version(_record(made))

    return bench.folder.publish(manifest, write, note)


def _recall(grade: dict[str, Any]) -> float | None:
    recall = grade["metrics"]["recall@1"]
    return round(recall["value"], 4) if recall else None


def _record(made: Manifest) -> VersionRecord:
    return VersionRecord(
        version=made.version,
        built_at=made.built,
        model=made.model,
        backbone=made.backbone,
        head=made.head,
        products=made.products,
        images=made.images,
        revision=made.revision,
        grade=made.grade,
    )
