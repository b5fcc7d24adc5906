"""The versions of an index, for people and programs."""

from dataclasses import dataclass

from search.versions import IndexFolder
from search.versions.manifest import Manifest


@dataclass(frozen=True, slots=True)
class VersionLine:
    """A version on disk; ``built_at`` is UTC in ISO 8601, ``grade`` Recall@1 on held-out photos.

    ``damaged`` says that files are missing or cut short; what is in them was not read.
    """

    version: int
    built_at: str
    model: str
    products: int
    images: int
    grade: float | None
    damaged: bool


@dataclass(frozen=True, slots=True)
class History:
    """Every version that can be made live, newest first, and which one is."""

    versions: list[VersionLine]
    live: int


def read_history(folder: IndexFolder) -> History:
    """Raises IndexNotFound, or IndexDamaged when nothing says which version is live."""
    live = folder.live_number() or folder.require_live().version
    return History([line(folder, manifest) for manifest in folder.manifests()], live)


def line(folder: IndexFolder, manifest: Manifest) -> VersionLine:
    """What a list says of a version."""
    return VersionLine(
        version=manifest.version,
        built_at=manifest.built_at,
        model=manifest.model,
        products=manifest.products,
        images=manifest.images,
        grade=manifest.grade,
        damaged=not manifest.is_there(folder.folder(manifest.version)),
    )
