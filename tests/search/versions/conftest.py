"""Version stores that are a folder or a real S3 server, and index folders beside them."""

import os
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from unittest import mock

import pytest

from search.versions import IndexFolder
from search.versions.manifest import Manifest
from search.versions.store import VersionStore
from tests.object_storage import BUCKET, s3_server


@pytest.fixture(scope="package")
def bucket() -> Iterator[str]:
    with s3_server() as environment, mock.patch.dict(os.environ, environment):
        yield f"s3://{BUCKET}"


@pytest.fixture(params=["file", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> VersionStore:
    """An empty one of each kind."""
    if request.param == "file":
        return VersionStore.open(f"file://{tmp_path}/store")
    return VersionStore.open(f"{request.getfixturevalue('bucket')}/{tmp_path.name}/of it")


@pytest.fixture
def new_folder(tmp_path: Path) -> Callable[[], IndexFolder]:
    """An index folder that does not exist yet."""
    numbers = count(1)
    return lambda: IndexFolder(tmp_path / f"index{next(numbers)}")


@pytest.fixture
def seal() -> Callable[[IndexFolder, int], Manifest]:
    """``seal(folder, 3)``: a live version with two files, which holds no real vectors."""

    def make(folder: IndexFolder, number: int) -> Manifest:
        manifest = Manifest(
            version=number,
            built_at="2026-11-26T05:40:10+00:00",
            spec="tiny",
            backbone="b",
            head="h",
            head_kind="plain",
            products=1,
            images=1,
            revision=number,
            image_root="/catalog",
        )

        def write(path: Path) -> None:
            (path / "head.safetensors").write_bytes(b"head" * number)
            (path / "vectors.faiss").write_bytes(bytes([number]) * 100_000)

        with folder.lock():
            return folder.publish(manifest, write, lambda _: None)

    return make
