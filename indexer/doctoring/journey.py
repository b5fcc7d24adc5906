"""What is wrong with a catalog's pictures and categories? Found out, and nothing is changed."""

from collections import Counter
from collections.abc import Iterable
from time import perf_counter

import numpy as np

from indexer.doctoring.duplicates import duplicates
from indexer.doctoring.judging import judge
from indexer.doctoring.labels import wrong_labels
from indexer.doctoring.looking import looked_at
from indexer.doctoring.near_duplicates import near_duplicates
from indexer.doctoring.outliers import outliers
from indexer.doctoring.pictures import picture_faults
from indexer.doctoring.records import Diagnosis, Finding, Kind
from indexer.doctoring.subject import Subject
from indexer.progress import Steps


def diagnose(subject: Subject, fetch_allow: tuple[str, ...], steps: Steps) -> Diagnosis:
    """Look for every kind of fault. Raises CatalogFileError when there is no usable image.

    Memory is bounded by the size of an index: vectors and facts of each image, never its pixels.
    """
    started = perf_counter()
    images, vectors = subject.read()
    with looked_at(images, fetch_allow, steps) as looks:
        findings = [*picture_faults(images, looks), *duplicates(images)]
        findings += near_duplicates(images, vectors, looks, _useless(findings), steps)
        useless = _useless(findings)
        unread = looks.unread
    sound = np.array([image.image_id not in useless for image in images])
    rest = [image for image, is_sound in zip(images, sound, strict=True) if is_sound]
    if judged := judge(rest, vectors[sound]):
        findings += [*wrong_labels(judged), *outliers(judged)]
    order = list(Kind)
    findings.sort(key=lambda one: order.index(one.kind))
    found = Counter(one.kind for one in findings)
    return Diagnosis(
        catalog=subject.name,
        model=subject.model,
        products=len({image.product_id for image in images}),
        images=len(images),
        rejected=subject.rejected,
        unread=unread,
        counts={kind: found[kind] for kind in Kind},
        findings=findings,
        seconds=round(perf_counter() - started, 3),
    )


def _useless(findings: Iterable[Finding]) -> set[int]:
    """The ids of pictures that show no product: what they look like says nothing more."""
    kinds = {Kind.BLANK, Kind.TEXT, Kind.BLURRED, Kind.PLACEHOLDER}
    return {image.image_id for one in findings if one.kind in kinds for image in one.images}
