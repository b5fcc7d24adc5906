"""What a version says of itself: the models, the counts, and what each of its files must be."""

import hashlib
import json
import os
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self, get_args, get_origin, get_type_hints

from search.durable import fresh_name, remove_leftovers, write_durably
from search.errors import IndexDamaged
from search.json_text import parsed

MANIFEST = "manifest.json"

_SEAL = "seal"
UNREADABLE = (ValueError, TypeError, LookupError, AttributeError)
"""What reading something that is no manifest may raise."""

_FILE_NAME = re.compile(r"[\w-][\w.-]{,199}")


@dataclass(frozen=True, slots=True)
class SealedFile:
    """A file of a version and what it must be."""

    name: str
    sha256: str
    bytes: int

    @classmethod
    def of(cls, path: Path) -> Self:
        """What the file is now, after it has been put on the disk for good."""
        with path.open("rb") as file:
            os.fsync(file.fileno())
        return cls(path.name, _digest(path), path.stat().st_size)

    def is_there(self, folder: Path) -> bool:
        """Whether a folder has it, to judge by its size."""
        path = folder / self.name
        return path.is_file() and path.stat().st_size == self.bytes

    def is_intact(self, folder: Path) -> bool:
        """Whether a folder has it, byte for byte."""
        return self.is_there(folder) and _digest(folder / self.name) == self.sha256


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a version was made of.

    ``spec`` loads the backbone, ``backbone`` and ``head`` are fingerprints, ``image_root`` is the
    folder that relative image sources start from, ``revision`` the newest catalog change that is
    surely inside, ``built_at`` UTC in ISO 8601. ``grade`` is what ``indexer.grading`` found, None
    when it could not be measured. ``head_revision`` is the catalog's when the head was fitted,
    ``tuning`` what ``indexer.tuning`` then found, and ``model_head`` the fingerprint of the head
    that came with the model, empty where none did. None in versions of earlier releases are
    ``self_grade``, an ``indexer.grading`` record as JSON, ``calibration``, which
    ``search.predictions.calibration`` reads, and ``reference``, what queries are watched by: the
    ``shares`` of held-out queries whose first score lies between the ``edges`` of ``scores``, and
    those of their predicted ``categories``. ``index`` is what ``indexer.indexing`` tried and chose,
    ``regions`` where objects are searched instead of whole pictures, see ``search.regions``.
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
    grade: float | None = None
    head_revision: int = -1
    tuning: dict[str, Any] | None = None
    model_head: str = ""
    self_grade: dict[str, Any] | None = None
    calibration: dict[str, Any] | None = None
    reference: dict[str, Any] | None = None
    index: dict[str, Any] | None = None
    regions: dict[str, Any] | None = None

    @property
    def model(self) -> str:
        """The backbone's specification and the head, as in ``efficientnet_lite0+whitened``."""
        return f"{self.spec}+{self.head_kind}"

    @property
    def built(self) -> datetime:
        """``built_at`` as a moment."""
        return datetime.fromisoformat(self.built_at)

    def stamps(self, folder: Path) -> list[tuple[int, int, int]]:
        """What changes when any of the files in a folder is changed or replaced, unread.

        Raises IndexDamaged when one is missing.
        """
        try:
            found = [(folder / file.name).stat() for file in self.files]
        except OSError as error:
            raise IndexDamaged(
                f"'{error.filename}' is missing; run 'indexer build' to make a new version."
            ) from error
        return [(one.st_ino, one.st_size, one.st_mtime_ns) for one in found]

    def is_there(self, folder: Path) -> bool:
        """Whether a folder has all of its files, to judge by their sizes."""
        return all(file.is_there(folder) for file in self.files)

    def verify(self, folder: Path) -> None:
        """Raise IndexDamaged unless every file in a folder is what this says."""
        with ThreadPoolExecutor(os.cpu_count()) as threads:
            intact = list(threads.map(lambda file: file.is_intact(folder), self.files))
        for file, is_intact in zip(self.files, intact, strict=True):
            if not is_intact:
                raise IndexDamaged(
                    f"{folder / file.name} is missing or not what it was when the version was "
                    "sealed; run 'indexer build' to make a new version."
                )

    def fill(self, folder: Path, fetch: Callable[[SealedFile, Path], None]) -> None:
        """Make the folder that of this version, where needed with files that ``fetch`` writes."""
        folder.mkdir(exist_ok=True)
        remove_leftovers(folder)
        for file in self.files:
            if not file.is_intact(folder):
                fresh = fresh_name(folder / file.name)
                fetch(file, fresh)
                fresh.replace(folder / file.name)
        self.write(folder)

    def write(self, folder: Path) -> None:
        """Durably, where ``read`` finds it."""
        write_durably(folder / MANIFEST, self.as_json().encode())

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the manifest in a version's folder; raises IndexDamaged when it is missing, or is
        not what was sealed there."""
        try:
            return cls.parse(path.read_text(), int(path.parent.name))
        except (OSError, *UNREADABLE) as error:
            raise IndexDamaged(
                f"{path} is missing or unreadable; run 'indexer build' to make a new version."
            ) from error

    @classmethod
    def parse(cls, text: str, version: int) -> Self:
        """What ``as_json`` wrote of that version; raises one of UNREADABLE for anything else."""
        fields = parsed(text)
        seal = fields.pop(_SEAL, None)  # versions of earlier releases have none
        if seal is not None and seal != _seal(fields):
            raise ValueError("the manifest is not what was sealed")
        files = tuple(SealedFile(**file) for file in fields.pop("files"))
        found = cls(**fields, files=files)
        found._check()
        if found.version != version:
            raise ValueError("the manifest is another version's")
        return found

    def _check(self) -> None:
        """Raise ValueError where a value is none of those that ``as_json`` writes."""
        for sealed in (self, *self.files):
            for name, hint in get_type_hints(type(sealed)).items():
                kinds = {get_origin(kind) or kind for kind in get_args(hint) or (hint,)}
                kinds |= {int} if float in kinds else set()
                if name != "files" and type(getattr(sealed, name)) not in kinds:
                    raise ValueError(f"{name} is no {hint}")
        names = [file.name for file in self.files]
        if not 0 < self.version < 2**63 or any(not _FILE_NAME.fullmatch(name) for name in names):
            raise ValueError("a number or a name that no version has")
        datetime.fromisoformat(self.built_at)

    def as_json(self) -> str:
        """What ``read`` reads, with a sha256 of all of it."""
        fields = json.loads(json.dumps(asdict(self)))
        return json.dumps({**fields, _SEAL: _seal(fields)}, indent=2)


def _seal(fields: dict[str, Any]) -> str:
    """However they are written: a figure that changed would change answers."""
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
