"""A replica serves what the store names, and whatever the store does, what it has."""

import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from search.errors import IndexBusy, IndexDamaged, StoreUnreachable, VersionNotFound
from search.versions import IndexFolder
from search.versions.manifest import Manifest, SealedFile
from search.versions.replicas import Replica, publish, step_back, store_of
from search.versions.store import VersionStore
from tests.serving import wait_until

Seal = Callable[[IndexFolder, int], Manifest]
NewFolder = Callable[[], IndexFolder]


@pytest.fixture
def builder(store: VersionStore, new_folder: NewFolder, seal: Seal) -> IndexFolder:
    folder = new_folder()
    seal(folder, 1)
    publish(folder, store, keep=2)
    return folder


def test_it_has_just_what_was_published(
    store: VersionStore, builder: IndexFolder, new_folder: NewFolder, seal: Seal
) -> None:
    here = new_folder()
    replica = Replica(here, store)
    for number in range(2, 6):
        replica.look()
        made = seal(builder, number)
        publish(builder, store, keep=2)
        replica.look()
        assert here.require_live() == made
        here.verify(made)
        assert [one.version for one in here.manifests()] == [number, number - 1]
    replica.look()


def test_it_fetches_nothing_that_it_has(
    store: VersionStore,
    builder: IndexFolder,
    new_folder: NewFolder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here = new_folder()
    Replica(here, store).look()
    (here.folder(1) / "head.safetensors").write_bytes(b"x")
    fetched = []
    fetch = store.fetch

    def fetch_and_tell(number: int, file: SealedFile, target: Path) -> None:
        fetched.append(file.name)
        fetch(number, file, target)

    monkeypatch.setattr(store, "fetch", fetch_and_tell)
    Replica(here, store).look()
    assert fetched == ["head.safetensors"]
    here.verify(here.require_live())


def test_a_damaged_version_is_refused_and_the_next_one_taken(
    store: VersionStore,
    builder: IndexFolder,
    new_folder: NewFolder,
    seal: Seal,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here = new_folder()
    replica = Replica(here, store)
    replica.look()
    seal(builder, 2)
    publish(builder, store, keep=2)
    store.storage.write("versions/2/vectors.faiss", b"\2" * 99_999 + b"!")
    with pytest.raises(IndexDamaged, match="not what it was when the version was sealed"):
        replica.look()
    assert here.live_number() == 1
    here.verify(here.require_live())
    assert [path.name for path in (here.path / "versions").iterdir()] == ["1"]
    with monkeypatch.context() as patch:
        patch.setattr(store, "manifest", None)  # it is not fetched again and again
        replica.look()
    seal(builder, 3)
    publish(builder, store, keep=2)
    replica.look()
    assert here.live_number() == 3


def test_servers_of_one_folder_pull_once(
    store: VersionStore, builder: IndexFolder, new_folder: NewFolder
) -> None:
    here = new_folder()
    replica = Replica(here, store)
    with here.lock(), pytest.raises(IndexBusy):
        replica.look()
    replica.look()
    assert here.live_number() == 1


def test_all_go_back_together(
    store: VersionStore, builder: IndexFolder, new_folder: NewFolder, seal: Seal
) -> None:
    here, elsewhere = new_folder(), new_folder()
    seal(builder, 2)
    publish(builder, store, keep=2)
    replica = Replica(here, store)
    replica.look()
    assert step_back(elsewhere, store, None).version == 1
    replica.look()
    assert here.live_number() == elsewhere.live_number() == store.live_number() == 1
    assert step_back(elsewhere, store, 2).version == 2
    with pytest.raises(VersionNotFound, match="has no version 7; there are: 1, 2"):
        step_back(elsewhere, store, 7)
    step_back(elsewhere, store, 1)
    with pytest.raises(VersionNotFound, match="no version older than 1, the live one"):
        step_back(elsewhere, store, None)


def test_a_folder_remembers_where_it_is_published(
    store: VersionStore, builder: IndexFolder, new_folder: NewFolder
) -> None:
    remembered = store_of(builder)
    assert remembered is not None
    assert remembered.url == store.url
    assert store_of(new_folder()) is None


def test_a_store_that_is_away_is_said_once_and_used_again_when_it_is_back(
    tmp_path: Path,
    new_folder: NewFolder,
    seal: Seal,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("search.versions.replicas._EVERY", 0.01)
    store = VersionStore.open(f"file://{tmp_path}/shared/store")
    builder, here = new_folder(), new_folder()
    seal(builder, 1)
    publish(builder, store, keep=2)
    replica = Replica(here, store)
    replica.look()
    away = (tmp_path / "shared").rename(tmp_path / "away")
    (tmp_path / "shared").write_text("no folder")
    with caplog.at_level(logging.WARNING), pytest.raises(StoreUnreachable):
        replica.start()
        wait_until(lambda: bool(caplog.records))
        replica.look()
    assert here.live_number() == 1
    (tmp_path / "shared").unlink()
    away.rename(tmp_path / "shared")
    wait_until(lambda: "can be used again" in caplog.text)
    seal(builder, 2)
    publish(builder, store, keep=2)
    wait_until(lambda: here.live_number() == 2)
    replica.stop()
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]
