"""What is wrong with a catalog's pictures and categories? Found out, and nothing is changed."""

from collections import Counter
from time import perf_counter

from indexer.doctoring.duplicates import duplicates
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
        findings: list[Finding] = [
            *wrong_labels(images, vectors),
            *duplicates(images),
            *near_duplicates(images, vectors, looks, steps),
            *picture_faults(images, looks),
            *outliers(images, vectors),
        ]
        unread = looks.unread
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
