"""What a version says of itself: the models, the counts, and what each of its files must be."""

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

from search.errors import IndexDamaged


@dataclass(frozen=True, slots=True)
class SealedFile:
    """A file of a version and what it must be."""

    name: str
    sha256: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a version was made of.

    ``spec`` loads the backbone, ``backbone`` and ``head`` are fingerprints, ``image_root`` is the
    folder that relative image sources start from, ``revision`` the newest catalog change inside,
    ``built_at`` UTC in ISO 8601.
    """

    version: int
    built_at: str
    spec: str
    backbone: str
    head: str
    head_kind: str
    products: int
    images: int
    revision: int
    image_root: str
    files: tuple[SealedFile, ...] = ()

    @property
    def model(self) -> str:
        """The backbone's specification and the head, as in ``efficientnet_lite0+whitened``."""
        return f"{self.spec}+{self.head_kind}"

    @property
    def built(self) -> datetime:
        """``built_at`` as a moment."""
        return datetime.fromisoformat(self.built_at)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a manifest file; raises IndexDamaged when it is missing or something else."""
        try:
            fields = json.loads(path.read_text())
            files = tuple(SealedFile(**file) for file in fields.pop("files"))
            return cls(**fields, files=files)
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise IndexDamaged(
                f"{path} is missing or unreadable; run 'indexer build' to make a new version."
            ) from error

    def as_json(self) -> str:
        """What ``read`` reads."""
        return json.dumps(asdict(self), indent=2)
