"""Backups: everything of an index that cannot be made again, in a folder that is an index itself.

    catalog.sqlite   the catalog as it was at one moment, out of whichever database holds it
    CURRENT          which version was live
    versions/        every version
    uploads/         the pictures that were sent with products

The pictures that the catalog file names are not in it: they are the merchant's own.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from search.catalog.catalog import Catalog
from search.catalog.copying import copy_catalog
from search.catalog.places import catalog_url, open_catalog, remember_catalog, require_version
from search.durable import sync_folder
from search.errors import BackupRefused
from search.versions import IndexFolder

_FOLDERS = ("versions", "uploads")
_UNFINISHED = ".unfinished"


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What was copied, and where to; ``version`` is the live one."""

    version: int
    products: int
    images: int
    revision: int
    output: str


def back_up(index: Path, output: Path, database: str | None = None) -> BackupReport:
    """Copy an index into a new folder, whose catalog is in SQLite; ``database`` is
    the URL of its catalog.

    Servers go on, with their changes: whatever was acknowledged before this began is in the copy.
    Builds must wait, since they would delete versions. The folder is there when it is complete
    and was read again. Raises BackupRefused, IndexNotFound, IndexDamaged, IndexBusy or OSError.
    """
    folder = IndexFolder(index)
    folder.require_live()
    with folder.lock(), _new(output) as fresh, closing(open_catalog(folder, database)) as source:
        live = folder.require_live()
        with closing(Catalog.create(catalog_url(IndexFolder(fresh)))) as target:
            copy_catalog(source.engine, target.engine)
            products, images = target.counts()
            revision = target.revision()
            require_version(target.engine, live)
        _copy_files(index, fresh)  # after the catalog: a picture is there before it is named
        IndexFolder(fresh).verify(live)
    return BackupReport(live.version, products, images, revision, str(output))


def restore(backup: Path, index: Path, database: str | None = None) -> BackupReport:
    """Make an index of a backup, in a new folder, with its catalog in SQLite or at the URL.

    That database must be empty. The backup stays as it is. Raises BackupRefused, IndexNotFound,
    IndexDamaged, CatalogUnreachable or OSError; a folder is there when it is complete.
    """
    folder = IndexFolder(backup)
    live = folder.require_live()
    folder.verify(live)
    with _new(index) as fresh, closing(open_catalog(folder)) as source:
        made = IndexFolder(fresh)
        require_version(source.engine, live)
        _copy_files(backup, fresh)
        made.verify(live)
        with closing(Catalog.create(catalog_url(made, database))) as target:
            copy_catalog(source.engine, target.engine)
            products, images = target.counts()
            revision = target.revision()
        if database:
            remember_catalog(made, database)
    return BackupReport(live.version, products, images, revision, str(index))


@contextmanager
def _new(path: Path) -> Iterator[Path]:
    """A folder to fill, which becomes ``path`` when that is done."""
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise BackupRefused(f"'{path}' is there already, and is never overwritten; name a new one.")
    fresh = path.with_name(f".{path.name}{_UNFINISHED}")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    try:
        yield fresh
        os.sync()  # a backup that is said to be there survives a power cut
        fresh.replace(path)
        sync_folder(path.parent)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _copy_files(source: Path, target: Path) -> None:
    for name in _FOLDERS:
        if (source / name).exists():
            unfinished = shutil.ignore_patterns(f"*{_UNFINISHED}", ".*.new")
            shutil.copytree(source / name, target / name, ignore=unfinished)
    shutil.copy2(source / "CURRENT", target / "CURRENT")
