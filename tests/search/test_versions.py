"""Whatever happens while a version is published, the folder names a complete one (invariant 3)."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from search.errors import IndexDamaged, IndexNotFound
from search.manifest import Manifest
from search.versions import HEAD, KEPT, MANIFEST, VECTORS, IndexFolder


def a_manifest(version: int) -> Manifest:
    return Manifest(
        version=version,
        built_at="2026-01-02T03:04:05+00:00",
        spec="efficientnet_lite0",
        backbone="b" * 16,
        head="h" * 16,
        head_kind="whitened",
        products=2,
        images=3,
        revision=4,
        image_root="/photos",
    )


def write(version: int) -> Callable[[Path], None]:
    def fill(folder: Path) -> None:
        (folder / VECTORS).write_bytes(b"vectors %d" % version)
        (folder / HEAD).write_bytes(b"head %d" % version)

    return fill


def publish(folder: IndexFolder, version: int | None = None) -> Manifest:
    folder.create()
    number = folder.next_version() if version is None else version
    return folder.publish(a_manifest(number), write(number), lambda _: None)


@pytest.fixture
def folder(tmp_path: Path) -> IndexFolder:
    made = IndexFolder(tmp_path / "index")
    made.create()
    return made


def on_disk(folder: IndexFolder) -> list[str]:
    return sorted(path.name for path in (folder.path / "versions").iterdir())


def test_what_was_published_is_live_and_whole(folder: IndexFolder) -> None:
    made = publish(folder)
    assert folder.live() == folder.require_live() == made
    assert replace(made, files=()) == a_manifest(1)
    assert [(file.name, file.bytes) for file in made.files] == [(HEAD, 6), (VECTORS, 9)]
    folder.verify(made)
    assert made.model == "efficientnet_lite0+whitened"
    assert made.built == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_before_the_first_version_nothing_is_live(folder: IndexFolder) -> None:
    assert folder.live() is None
    with pytest.raises(IndexNotFound, match=rf"no index in '{folder.path}'.*indexer build"):
        folder.require_live()
    with pytest.raises(IndexNotFound):
        IndexFolder(folder.path / "missing").require_live()


@pytest.mark.parametrize("name", [VECTORS, HEAD])
def test_one_flipped_bit_anywhere_in_a_file_is_found_and_the_file_named(
    folder: IndexFolder, name: str
) -> None:
    made = publish(folder)
    path = folder.folder(1) / name
    data = path.read_bytes()
    for place in range(len(data)):
        path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
        with pytest.raises(IndexDamaged, match=rf"{path} is missing or not what it was"):
            folder.verify(made)
    path.write_bytes(data + b"\0")
    with pytest.raises(IndexDamaged):
        folder.verify(made)
    path.unlink()
    with pytest.raises(IndexDamaged, match=str(path)):
        folder.verify(made)


@pytest.mark.parametrize(
    "text", ["", "{}", "null", "[]", "3", '"x"', "{", '{"files": 3}', '{"files": [{}]}', "\0"]
)
def test_a_manifest_that_makes_no_sense_is_named(folder: IndexFolder, text: str) -> None:
    publish(folder)
    path = folder.folder(1) / MANIFEST
    path.write_text(text)
    with pytest.raises(IndexDamaged, match=rf"{path} is missing or unreadable"):
        folder.live()


@pytest.mark.parametrize("field", ["version", "backbone", "files", "image_root"])
def test_a_manifest_without_a_field_or_with_a_new_one_is_named(
    folder: IndexFolder, field: str
) -> None:
    publish(folder)
    path = folder.folder(1) / MANIFEST
    fields = json.loads(path.read_text())
    path.write_text(json.dumps(fields | {"invented": 1}))
    with pytest.raises(IndexDamaged, match=str(path)):
        folder.live()
    del fields[field]
    path.write_text(json.dumps(fields))
    with pytest.raises(IndexDamaged, match=str(path)):
        folder.live()


@pytest.mark.parametrize(
    "data", [b"", b"\n", b"x", b"1.5", b"../1", b"\xff\xfe", b"0", b"-1", b"77", b"9" * 5000]
)
def test_a_current_that_names_no_version_is_damaged(folder: IndexFolder, data: bytes) -> None:
    publish(folder)
    (folder.path / "CURRENT").write_bytes(data)
    with pytest.raises(IndexDamaged):
        folder.require_live()
    assert publish(folder).version == 2  # building again is the remedy
    assert folder.require_live().version == 2


def test_only_the_newest_versions_are_kept(folder: IndexFolder) -> None:
    for _ in range(KEPT + 4):
        folder.verify(publish(folder))
    assert on_disk(folder) == [str(number) for number in range(5, 5 + KEPT)]


def test_numbers_are_compared_as_numbers(folder: IndexFolder) -> None:
    for number in (8, 9, 10, 11):
        publish(folder, number)
    assert on_disk(folder) == ["10", "11", "9"]
    assert folder.next_version() == 12


def test_before_comes_when_the_files_are_in_place_and_the_old_version_is_live(
    folder: IndexFolder,
) -> None:
    publish(folder)
    seen: list[tuple[int, int]] = []

    def before(sealed: Manifest) -> None:
        folder.verify(sealed)
        seen.append((sealed.version, folder.require_live().version))

    folder.publish(a_manifest(2), write(2), before)
    assert seen == [(2, 1)]


@pytest.mark.parametrize("step", ["write", "before"])
def test_a_failure_of_the_callers_own_leaves_the_old_version_live(
    folder: IndexFolder, step: str
) -> None:
    made = publish(folder)

    def fail(_: object) -> None:
        raise OSError("disk on fire")

    with pytest.raises(OSError, match="disk on fire"):
        folder.publish(
            a_manifest(2),
            fail if step == "write" else write(2),
            fail if step == "before" else lambda _: None,
        )
    assert folder.live() == made
    folder.verify(made)
    assert folder.live() != publish(folder)


class Crash(BaseException):
    """The machine stops."""


STEPS = [
    (os, "fsync"), (os, "open"), (os, "close"), (Path, "mkdir"), (Path, "open"), (Path, "rename"),
    (Path, "replace"), (Path, "iterdir"), (Path, "glob"), (Path, "stat"),
]  # fmt: skip


@contextmanager
def crashing(at: int, *, after: bool) -> Iterator[list[str]]:
    """The ``at``-th call that touches the disk never happens, or is the last that does."""
    calls: list[str] = []

    def guarded(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            calls.append(name)
            if len(calls) > at:
                raise Crash
            if len(calls) == at:
                if after:
                    real(*args, **options)
                raise Crash
            return real(*args, **options)

        return call

    with pytest.MonkeyPatch.context() as patch:
        for owner, name in STEPS:
            patch.setattr(owner, name, guarded(name, getattr(owner, name)))
        yield calls


def tree(path: Path) -> set[str]:
    return {str(one.relative_to(path)) for one in path.rglob("*")}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("after", [False, True], ids=["before it", "after it"])
def test_a_crash_at_any_step_leaves_a_complete_version_live_and_the_next_publish_works(
    tmp_path: Path, after: bool
) -> None:
    at, crashed = 0, True
    outside = tree(tmp_path)
    while crashed:
        at += 1
        folder = IndexFolder(tmp_path / f"index-{at}")
        old = [publish(folder), publish(folder), publish(folder)][-1]
        crashed = False
        with crashing(at, after=after) as calls:
            try:
                folder.publish(a_manifest(4), write(4), lambda _: None)
            except Crash:
                crashed = True
        live = folder.require_live()
        assert live.version in ({3, 4} if "replace" in calls else {3})
        folder.verify(live)
        if live.version == 3:
            assert live == old
        made = publish(folder)
        assert folder.require_live() == made
        folder.verify(made)
        assert made.version > live.version
        assert not [name for name in on_disk(folder) if not name.isdigit()]
        assert len(on_disk(folder)) <= KEPT
    assert at > 15
    names = {name.partition("/")[0] for name in tree(tmp_path) - outside}
    assert names == {f"index-{number}" for number in range(1, at + 1)}


def test_nothing_outside_the_folder_is_written(tmp_path: Path) -> None:
    folder = IndexFolder(tmp_path / "index")
    publish(folder)
    assert tree(tmp_path) == {
        "index", "index/CURRENT", "index/versions", "index/versions/1",
        f"index/versions/1/{HEAD}", f"index/versions/1/{VECTORS}", f"index/versions/1/{MANIFEST}",
    }  # fmt: skip
