"""An index that somebody damaged, or put together of parts: never a wrong answer."""

import os
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from random import Random

import pytest
from sqlalchemy.exc import SQLAlchemyError

from search import LookalikeError, SearchEngine
from search.errors import IndexDamaged, IndexMismatch
from search.versions import HEAD, MANIFEST, PROTOTYPES, VECTORS
from tests.attacks.conftest import Shop

SEALED = (VECTORS, HEAD, PROTOTYPES, MANIFEST)
FLIPS = 8
WHOLE = ("cut to nothing", "cut in half", "cut by a byte", "longer", "missing")

Tamper = Callable[[Path], None]


def tampered(path: Path, how: str) -> None:
    """``flip 3`` changes a bit at a place of chance; the others say what they do."""
    data = path.read_bytes()
    if how == "missing":
        path.unlink()
        return
    if how.startswith("flip"):
        random = Random(f"{path.name} {how}")  # noqa: S311
        changed = bytearray(data)
        changed[random.randrange(len(data))] ^= 1 << random.randrange(8)
        data = bytes(changed)
    path.write_bytes(
        {
            "cut to nothing": b"",
            "cut in half": data[: len(data) // 2],
            "cut by a byte": data[:-1],
            "longer": data + b"\0",
        }.get(how, data)
    )


def outcome(shop: Shop, index: Path, *, upload: bool = False) -> str:
    """The code of the error, or ``same``: every answer is that of the version that it names."""
    try:
        with closing(SearchEngine.open(index)) as engine:
            for name, (version, said) in shop.ask(engine, upload=upload).items():
                assert said == shop.said[version][name]
                assert version == int((index / "CURRENT").read_text())
    except LookalikeError as error:
        return error.code
    except SQLAlchemyError:
        return "catalog_unavailable"
    return "same"


@pytest.mark.parametrize("how", [*(f"flip {number}" for number in range(FLIPS)), *WHOLE])
@pytest.mark.parametrize("name", SEALED)
def test_a_file_of_a_version_that_is_not_what_was_sealed(
    shop: Shop, index: Path, name: str, how: str
) -> None:
    tampered(index / "versions" / "2" / name, how)
    found = outcome(shop, index)
    # JSON may be written in several ways: a manifest that says the same is the same.
    assert found == "index_damaged" or (name == MANIFEST and found == "same")


@pytest.mark.parametrize("name", SEALED)
def test_a_file_of_another_version(shop: Shop, index: Path, name: str) -> None:
    shutil.copyfile(index / "versions" / "1" / name, index / "versions" / "2" / name)
    # A head that was fitted again may be the same to the last bit.
    same = (shop.index / "versions/1" / name).read_bytes() == (
        shop.index / "versions/2" / name
    ).read_bytes()
    assert outcome(shop, index) == ("same" if same else "index_damaged")


def test_all_files_of_another_version(shop: Shop, index: Path) -> None:
    shutil.rmtree(index / "versions" / "2")
    shutil.copytree(index / "versions" / "1", index / "versions" / "2")
    assert outcome(shop, index) == "index_damaged"


@pytest.mark.parametrize("bit", range(16))
def test_a_flipped_bit_of_current_is_an_error_or_goes_back_to_another_whole_version(
    shop: Shop, index: Path, bit: int
) -> None:
    data = bytearray((index / "CURRENT").read_bytes())
    data[bit // 8] ^= 1 << bit % 8
    (index / "CURRENT").write_bytes(data)
    try:
        with closing(SearchEngine.open(index)) as engine:
            versions = {version for version, _ in shop.ask(engine).values()}
        assert versions == {2}  # a space of another kind
    except LookalikeError as error:
        assert error.code in ("index_damaged", "index_not_found")


@pytest.mark.parametrize("how", WHOLE)
def test_current_cut_or_missing(shop: Shop, index: Path, how: str) -> None:
    tampered(index / "CURRENT", how)
    found = "index_not_found" if how == "missing" else "index_damaged"
    assert outcome(shop, index) in (found, "same")  # without the end of the line it says the same


def test_a_converted_network_that_is_not_what_was_written_is_made_again(
    shop: Shop, index: Path
) -> None:
    (path,) = (index / "cache").glob("*.bin")
    tampered(path, "flip 0")
    assert outcome(shop, index, upload=True) == "same"


class TestCatalog:
    """SQLite keeps no checksums: what it cannot find out is named in SECURITY.md."""

    @pytest.mark.parametrize("how", [*WHOLE[:3], "missing"])
    def test_cut_or_missing_is_an_error(self, shop: Shop, index: Path, how: str) -> None:
        tampered(index / "catalog.sqlite", how)
        found = outcome(shop, index)
        assert found in ("catalog_unavailable", "index_not_found") or (
            found == "same" and how == "cut by a byte"  # SQLite takes it for a zero
        )

    def test_of_an_earlier_time_is_an_error(self, shop: Shop, index: Path) -> None:
        shutil.copyfile(shop.early, index / "catalog.sqlite")
        assert outcome(shop, index) == IndexMismatch.code

    @pytest.mark.parametrize("number", range(24))
    def test_a_flipped_bit_is_an_error_or_changes_what_is_told_of_a_product(
        self, shop: Shop, index: Path, number: int
    ) -> None:
        tampered(index / "catalog.sqlite", f"flip {number}")
        try:
            with closing(SearchEngine.open(index)) as engine:
                shop.ask(engine)
        except (LookalikeError, SQLAlchemyError, ValueError):
            return


class TestWhileItIsOpen:
    """The vectors are mapped, not read: what is written into the file would show in an answer."""

    @pytest.mark.parametrize("how", ["flip 0", *WHOLE[:4]])
    def test_a_file_that_is_changed_is_not_searched_any_more(
        self, shop: Shop, index: Path, how: str
    ) -> None:
        path = index / "versions" / "2" / VECTORS
        with closing(SearchEngine.open(index)) as engine:
            shop.ask(engine)
            tampered(path, how)
            for _ in range(2):
                with pytest.raises(IndexDamaged, match=f"{path} was changed"):
                    engine.similar(product_id="p0")
            index.joinpath("CURRENT").write_text("1\n")  # as a rollback does
            engine.refresh()
            asked = shop.ask(engine)
        assert {version for version, _ in asked.values()} == {1}

    @pytest.mark.parametrize("how", ["flip 0", "cut in half", "missing"])
    def test_a_file_that_is_put_back_is_searched_again(
        self, shop: Shop, index: Path, how: str
    ) -> None:
        path = index / "versions" / "2" / VECTORS
        whole = path.read_bytes()
        with closing(SearchEngine.open(index)) as engine:
            tampered(path, how)
            if how != "missing":
                with pytest.raises(IndexDamaged):
                    engine.refresh()
                engine.refresh()  # it is not read again and again
            path.write_bytes(whole)
            engine.refresh()
            asked = shop.ask(engine)
        assert asked == {name: (2, said) for name, said in shop.said[2].items() if name in asked}

    @pytest.mark.parametrize("name", SEALED)
    def test_a_file_that_another_one_replaces_goes_on_being_searched(
        self, shop: Shop, index: Path, name: str
    ) -> None:
        path = index / "versions" / "2" / name
        with closing(SearchEngine.open(index)) as engine:
            other = path.with_name("other")
            other.write_bytes(b"something else")
            os.replace(other, path)  # noqa: PTH105
            asked = shop.ask(engine)
        assert asked == {name: (2, said) for name, said in shop.said[2].items() if name in asked}

    def test_a_folder_that_is_deleted_goes_on_being_searched(self, shop: Shop, index: Path) -> None:
        with closing(SearchEngine.open(index)) as engine:
            shutil.rmtree(index / "versions" / "2")
            asked = shop.ask(engine)
        assert asked == {name: (2, said) for name, said in shop.said[2].items() if name in asked}
