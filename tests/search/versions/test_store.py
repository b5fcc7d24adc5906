"""A version store always names a complete version, and trusts nothing but what was sealed."""

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from search.errors import BadStoreUrl, IndexDamaged, StoreUnreachable
from search.versions import IndexFolder
from search.versions.manifest import Manifest, SealedFile
from search.versions.replicas import publish, pull, take_over
from search.versions.storage import check_url
from search.versions.store import VersionStore

Seal = Callable[[IndexFolder, int], Manifest]
NewFolder = Callable[[], IndexFolder]


class Killed(BaseException):
    """Nothing that runs afterwards may tidy up."""


STEPS = ("copy", "write", "remove")


def killed_at(store: VersionStore, step: int, patch: pytest.MonkeyPatch) -> None:
    """The program ends at the ``step``-th change of the store, in the middle of a file's."""
    left = count(step, -1)

    def dying(change: Callable[..., None]) -> Callable[..., None]:
        def call(*arguments: Any) -> None:
            if next(left):
                return change(*arguments)
            if isinstance(arguments[0], Path):
                cut = arguments[0].with_suffix(".cut")
                cut.write_bytes(arguments[0].read_bytes()[:2])
                change(cut, arguments[1])
            raise Killed

        return call

    for name in STEPS:
        patch.setattr(store.storage, name, dying(getattr(store.storage, name)))


def is_whole(store: VersionStore, new_folder: NewFolder) -> int:
    """The number that it names, when a replica could pull all of it."""
    number = store.live_number()
    assert number is not None
    folder = new_folder()
    with folder.lock():
        pull(folder, store, number)
    folder.verify(folder.require_live())
    return number


def test_whenever_publishing_is_interrupted_a_complete_version_is_named(
    store: VersionStore, new_folder: NewFolder, seal: Seal
) -> None:
    folder = new_folder()
    for number in (1, 2):
        seal(folder, number)
        publish(folder, store, keep=1)
    seal(folder, 3)
    named = []
    for step in range(20):
        with pytest.MonkeyPatch.context() as patch:
            killed_at(store, step, patch)
            try:
                publish(folder, store, keep=1)
                break
            except Killed:
                pass
        named.append(is_whole(store, new_folder))
        store.make_live(2)
    assert named == [2, 2, 2, 2, 3, 3]
    publish(folder, store, keep=1)
    assert is_whole(store, new_folder) == 3


def test_old_versions_are_removed_but_not_the_one_that_was_live_until_now(
    store: VersionStore, new_folder: NewFolder, seal: Seal
) -> None:
    folder = new_folder()
    for number in range(1, 6):
        seal(folder, number)
        publish(folder, store, keep=0 if number == 5 else 2)
        assert store.numbers()[:2] == [number, number - 1][:number]
    assert store.numbers() == [5, 4]


def test_what_another_release_or_program_put_there_is_no_version(
    store: VersionStore, new_folder: NewFolder, seal: Seal
) -> None:
    folder = new_folder()
    seal(folder, 1)
    publish(folder, store, keep=2)
    for content in (b"one", b"-1", b"1 2", b"", b"9" * 5000):
        store.storage.write("CURRENT", content)
        with pytest.raises(StoreUnreachable, match="CURRENT holds no version number"):
            store.live_number()
    for content in (b"", b"{}", b"[" * 9999, b"\xff", b'{"version": 1, "files": []}'):
        store.storage.write("versions/1/manifest.json", content)
        with pytest.raises(IndexDamaged, match="missing or unreadable"):
            store.manifest(1)


@pytest.mark.parametrize("name", ["../CURRENT", "/etc/passwd", "a/b", "", ".hidden", "a\n"])
def test_a_manifest_cannot_name_a_file_outside_of_its_folder(
    store: VersionStore, new_folder: NewFolder, seal: Seal, name: str
) -> None:
    folder = new_folder()
    made = seal(folder, 1)
    publish(folder, store, keep=2)
    forged = made.as_json().replace("head.safetensors", name.replace("\n", "\\n"))
    store.storage.write("versions/1/manifest.json", forged.encode())
    with pytest.raises(IndexDamaged):
        store.manifest(1)


@pytest.mark.parametrize("content", [b"", b"head", b"head" * 1_000_000, b"dead"])
def test_a_file_that_is_not_what_was_sealed_is_refused(
    store: VersionStore, new_folder: NewFolder, seal: Seal, tmp_path: Path, content: bytes
) -> None:
    folder = new_folder()
    made = seal(folder, 1)
    publish(folder, store, keep=2)
    good = next(file for file in made.files if file.name == "head.safetensors")
    store.storage.write("versions/1/head.safetensors", content)
    if content == b"head":
        store.fetch(1, good, tmp_path / "head")
        assert (tmp_path / "head").read_bytes() == content
        return
    with pytest.raises(IndexDamaged, match=r"head\.safetensors is not what it was"):
        store.fetch(1, good, tmp_path / "head")
    assert (tmp_path / "head").stat().st_size <= 20_000_000


def test_a_build_goes_on_from_the_store_unless_what_is_here_never_got_there(
    store: VersionStore, new_folder: NewFolder, seal: Seal
) -> None:
    one, other = new_folder(), new_folder()
    seal(one, 1)
    publish(one, store, keep=2)
    take_over(other, store)
    assert other.require_live() == one.require_live()
    seal(other, 2)  # and is interrupted before it is published
    take_over(other, store)
    assert other.live_number() == 2
    publish(other, store, keep=2)
    take_over(one, store)
    assert one.live_number() == 2
    store.make_live(1)  # somebody steps back
    take_over(other, store)
    assert other.live_number() == 1


def test_a_store_that_cannot_be_reached_is_said_in_one_sentence(
    store: VersionStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    if store.url.startswith("file"):
        gone = VersionStore.open("file:///dev/null/store")
    else:
        monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        gone = VersionStore.open(store.url)
    with pytest.raises(StoreUnreachable, match=r"cannot be used \(.+\); see that it can be"):
        gone.live_number()


def test_more_than_fits_on_the_disk_is_not_even_begun(
    store: VersionStore, new_folder: NewFolder, seal: Seal
) -> None:
    folder = new_folder()
    made = seal(folder, 1)
    publish(folder, store, keep=2)
    huge = replace(made, files=(SealedFile("vectors.faiss", "0" * 64, 2**62),))
    store.storage.write("versions/1/manifest.json", huge.as_json().encode())
    fresh = new_folder()
    with fresh.lock(), pytest.raises(StoreUnreachable, match="make room"):
        pull(fresh, store, 1)
    assert list((fresh.path / "versions").iterdir()) == []


@pytest.mark.parametrize(
    "url", ["", "shop", "s3:", "file:relative", "ftp://me:s3cret@host/x", "s3://b/p?key=s3cret"]
)
def test_a_url_that_names_no_store_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(BadStoreUrl, match="must be like s3://bucket/shop") as error:
        check_url(url)
    assert "s3cret" not in str(error.value)


def test_a_scheme_that_nobody_knows_is_refused() -> None:
    with pytest.raises(BadStoreUrl, match="write it like s3://bucket/shop"):
        check_url("nowhere://bucket/shop")
    with pytest.raises(BadStoreUrl, match="write it like s3://bucket/shop"):
        VersionStore.open("nowhere://bucket/shop")
