"""Whatever happens while a version is published, the folder names a complete one (invariant 3)."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import current_thread
from threading import enumerate as enumerate_threads
from typing import Any

import pytest

from search.errors import IndexBusy, IndexDamaged, IndexNotFound, VersionNotFound
from search.versions import HEAD, KEPT, MANIFEST, VECTORS, IndexFolder
from search.versions.manifest import Manifest


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


def publish(folder: IndexFolder, version: int | None = None, keep: int = KEPT) -> Manifest:
    with folder.lock():
        last = folder.live()
        number = folder.next_version() if version is None else version
        made = folder.publish(a_manifest(number), write(number), lambda _: None)
        folder.prune(keep, last.version if last else None)
    return made


def a_sealed(folder: IndexFolder, version: int) -> Manifest:
    return Manifest.read(folder.folder(version) / MANIFEST)


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
    del fields["seal"]
    path.write_text(json.dumps(fields | {"invented": 1}))
    with pytest.raises(IndexDamaged, match=str(path)):
        folder.live()
    del fields[field]
    path.write_text(json.dumps(fields))
    with pytest.raises(IndexDamaged, match=str(path)):
        folder.live()


@pytest.mark.parametrize("figure", ["products", "images", "revision"])
def test_a_manifest_with_another_figure_is_damaged(folder: IndexFolder, figure: str) -> None:
    publish(folder)
    path = folder.folder(1) / MANIFEST
    path.write_text(json.dumps(json.loads(path.read_text()) | {figure: 7}))
    with pytest.raises(IndexDamaged, match=str(path)):
        folder.live()


def test_the_manifest_of_another_version_is_damaged(folder: IndexFolder) -> None:
    publish(folder)
    publish(folder)
    shutil.copyfile(folder.folder(1) / MANIFEST, folder.folder(2) / MANIFEST)
    with pytest.raises(IndexDamaged, match=str(folder.folder(2) / MANIFEST)):
        folder.live()


@pytest.mark.parametrize(
    "data", [b"", b"\n", b"x", b"1.5", b"../1", b"\xff\xfe", b"0", b"-1", b"77", b"9" * 5000]
)
def test_a_current_that_names_no_version_is_damaged(folder: IndexFolder, data: bytes) -> None:
    made = publish(folder)
    (folder.path / "CURRENT").write_bytes(data)
    with pytest.raises(IndexDamaged):
        folder.require_live()
    assert folder.manifests() == [made]
    assert folder.rollback(1) == folder.require_live() == made  # one remedy
    (folder.path / "CURRENT").write_bytes(data)
    with folder.lock():
        folder.publish(a_manifest(2), write(2), lambda _: None)  # and the other
    assert folder.require_live().version == 2


def test_a_manifest_of_before_there_were_grades_can_be_read(folder: IndexFolder) -> None:
    made = publish(folder)
    path = folder.folder(1) / MANIFEST
    fields = json.loads(path.read_text())
    assert fields.pop("seal")
    assert fields.pop("grade", "missing") is None
    path.write_text(json.dumps(fields))
    assert folder.live() == made


class TestKeeping:
    @pytest.mark.parametrize("keep", [0, 1, 4])
    def test_the_newest_stay_beside_the_live_one(self, folder: IndexFolder, keep: int) -> None:
        for _ in range(7):
            folder.verify(publish(folder, keep=keep))
        assert on_disk(folder) == [str(number) for number in range(7 - keep, 8)]

    def test_the_version_that_was_live_until_now_stays_though_others_are_newer(
        self, folder: IndexFolder
    ) -> None:
        for _ in range(5):
            publish(folder, keep=4)
        folder.rollback(2)
        publish(folder, keep=2)
        assert on_disk(folder) == ["2", "5", "6"]

    @pytest.mark.parametrize("live", [1, 2, 3])
    def test_the_live_one_always_stays(self, folder: IndexFolder, live: int) -> None:
        for _ in range(3):
            publish(folder)
        folder.rollback(live)
        with folder.lock():
            folder.prune(0)
        assert on_disk(folder) == [str(live)]
        assert folder.require_live().version == live


class TestLooking:
    def test_versions_come_newest_first_and_can_be_had_by_number(self, folder: IndexFolder) -> None:
        made = [publish(folder) for _ in range(3)]
        assert folder.manifests() == made[::-1]
        assert [folder.version(number) for number in (1, 2, 3)] == made

    def test_a_number_that_is_not_there_is_told_those_that_are(self, folder: IndexFolder) -> None:
        for number in (8, 9, 10):
            publish(folder, number)
        with pytest.raises(VersionNotFound, match="has no version 7; choose one of 8, 9, 10"):
            folder.version(7)

    def test_one_that_cannot_be_read_is_named_and_hides_no_other(
        self, folder: IndexFolder, caplog: pytest.LogCaptureFixture
    ) -> None:
        made = [publish(folder) for _ in range(3)]
        (folder.folder(2) / MANIFEST).write_text("{}")
        assert folder.manifests() == [made[2], made[0]]
        assert "Version 2 is left out" in caplog.text
        with pytest.raises(IndexDamaged):
            folder.version(2)

    def test_a_file_that_is_gone_or_cut_short_shows_without_reading_it(
        self, folder: IndexFolder
    ) -> None:
        made = publish(folder)
        assert made.is_there(folder.folder(1))
        (folder.folder(1) / HEAD).write_bytes(b"short")
        assert not made.is_there(folder.folder(1))

    def test_a_version_replaced_and_deleted_while_it_is_looked_up_gives_the_next(
        self, folder: IndexFolder, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        publish(folder)
        real = Manifest.read

        def read(path: Path) -> Manifest:
            monkeypatch.undo()
            publish(folder, keep=0)
            return real(path)

        monkeypatch.setattr(Manifest, "read", read)
        assert folder.require_live().version == 2


class TestRollback:
    @pytest.fixture(autouse=True)
    def made(self, folder: IndexFolder) -> list[Manifest]:
        return [publish(folder) for _ in range(3)]

    def test_goes_back_one_and_another_one_and_forward_again(
        self, folder: IndexFolder, made: list[Manifest]
    ) -> None:
        for target, live in ((None, 2), (None, 1), (3, 3), (1, 1), (1, 1)):
            assert folder.rollback(target) == folder.live() == made[live - 1]
        assert on_disk(folder) == ["1", "2", "3"]

    def test_past_the_oldest_says_so(self, folder: IndexFolder) -> None:
        folder.rollback(1)
        with pytest.raises(VersionNotFound, match="no version older than 1, the live one"):
            folder.rollback()
        assert folder.require_live().version == 1

    def test_to_a_damaged_version_changes_nothing(self, folder: IndexFolder) -> None:
        (folder.folder(2) / VECTORS).write_bytes(b"vectors 3")
        with pytest.raises(IndexDamaged, match=r"versions/2/vectors\.faiss"):
            folder.rollback()
        with pytest.raises(VersionNotFound, match="choose one of 1, 2, 3"):
            folder.rollback(4)
        assert folder.require_live().version == 3

    def test_leaves_a_damaged_live_version(self, folder: IndexFolder) -> None:
        (folder.folder(3) / MANIFEST).write_text("")
        assert folder.rollback() == folder.live() == a_sealed(folder, 2)

    def test_where_nothing_was_ever_built_makes_no_folder(self, tmp_path: Path) -> None:
        with pytest.raises(IndexNotFound):
            IndexFolder(tmp_path / "missing").rollback(1)
        assert not (tmp_path / "missing").exists()

    def test_while_another_command_changes_the_index_is_refused(self, folder: IndexFolder) -> None:
        with folder.lock(), pytest.raises(IndexBusy):
            folder.rollback()
        assert folder.require_live().version == 3


class TestLock:
    def test_is_held_by_one_at_a_time_who_is_named(self, folder: IndexFolder) -> None:
        sentence = (
            rf"^Another command \(process {os.getpid()}, since 2\d{{3}}-\d\d-\d\d \d\d:\d\d\) is "
            rf"changing '{folder.path}'; wait until it is done\.$"
        )
        for _ in range(2):
            with folder.lock(), pytest.raises(IndexBusy, match=sentence), folder.lock():
                pass

    def test_goes_when_its_process_is_killed(self, folder: IndexFolder) -> None:
        code = (
            "import sys; from pathlib import Path; from search.versions import IndexFolder\n"
            "with IndexFolder(Path(sys.argv[1])).lock(): print('held', flush=True); input()"
        )
        holder = subprocess.Popen(
            [sys.executable, "-c", code, folder.path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        with holder:
            assert holder.stdout
            assert holder.stdout.readline() == b"held\n"
            with pytest.raises(IndexBusy, match=f"process {holder.pid},"), folder.lock():
                pass
            holder.kill()
        with folder.lock():
            pass

    def test_of_one_index_leaves_another_free(self, folder: IndexFolder, tmp_path: Path) -> None:
        with folder.lock(), IndexFolder(tmp_path / "other").lock():
            pass


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
    (os, "fsync"), (os, "open"), (os, "close"), (Path, "mkdir"), (Path, "open"), (Path, "touch"),
    (Path, "replace"), (Path, "iterdir"), (Path, "glob"), (Path, "stat"), (Path, "unlink"),
    (shutil, "rmtree"),
]  # fmt: skip


@contextmanager
def crashing(at: int, *, after: bool) -> Iterator[list[str]]:
    """The ``at``-th call that touches the disk never happens, or is the last that does."""
    calls: list[str] = []
    others = {*enumerate_threads()} - {current_thread()}  # servers of other tests may run

    def guarded(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            if current_thread() in others:
                return real(*args, **options)
            calls.append(name)
            if len(calls) > at:
                raise Crash
            if len(calls) == at:
                if after:
                    real(*args, **options)
                if name == "rmtree":
                    half_of(args[0])
                raise Crash
            return real(*args, **options)

        return call

    with pytest.MonkeyPatch.context() as patch:
        for owner, name in STEPS:
            patch.setattr(owner, name, guarded(name, getattr(owner, name)))
        yield calls


def half_of(folder: Path) -> None:
    """What a crash leaves of a folder that is being deleted."""
    if folder.exists():
        os.unlink(folder / VECTORS)  # noqa: PTH108 - Path's are guarded


def tree(path: Path) -> set[str]:
    return {str(one.relative_to(path)) for one in path.rglob("*")}


def publish_one_more(folder: IndexFolder) -> None:
    publish(folder)


def roll_back(folder: IndexFolder) -> None:
    folder.rollback()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("after", [False, True], ids=["before it", "after it"])
@pytest.mark.parametrize(
    ("change", "wanted", "steps"), [(publish_one_more, 4, 40), (roll_back, 2, 15)]
)
def test_a_crash_at_any_step_leaves_complete_versions_and_no_litter_for_long(
    tmp_path: Path,
    after: bool,
    change: Callable[[IndexFolder], None],
    wanted: int,
    steps: int,
) -> None:
    at, crashed = 0, True
    while crashed:
        at += 1
        folder = IndexFolder(tmp_path / f"index-{at}")
        for _ in range(3):
            publish(folder)
        crashed = False
        with crashing(at, after=after) as calls:
            try:
                change(folder)
            except Crash:
                crashed = True
        live = folder.require_live().version
        assert live == wanted if not crashed else live in {3, wanted}
        assert live == 3 or "replace" in calls
        for manifest in folder.manifests():  # what is shown is what was live once, and whole
            folder.verify(manifest)
            assert manifest.version <= 3 or live == manifest.version
        if live != 3:
            folder.rollback(3)
        made = publish(folder)
        assert folder.require_live() == made
        assert [name for name in on_disk(folder) if name.isdigit()] == on_disk(folder)
        assert len(on_disk(folder)) == 1 + KEPT
        assert {path.name for path in folder.path.iterdir()} == {"CURRENT", "versions", ".lock"}
    assert at > steps
    assert {path.name for path in tmp_path.iterdir()} == {f"index-{n}" for n in range(1, at + 1)}


def test_nothing_outside_the_folder_is_written(tmp_path: Path) -> None:
    folder = IndexFolder(tmp_path / "index")
    publish(folder)
    assert tree(tmp_path) == {
        "index", "index/.lock", "index/CURRENT", "index/versions", "index/versions/1",
        f"index/versions/1/{HEAD}", f"index/versions/1/{VECTORS}", f"index/versions/1/{MANIFEST}",
    }  # fmt: skip
