"""Catalog files → validated rows and rejects with reasons."""

import csv
import json
import math
import tempfile
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.sources import read_catalog, read_rows
from search.catalog.records import ProductRow, Reject
from search.errors import CatalogFileError


def write_csv(path: Path, rows: list[dict[str, Any]]) -> Path:
    names = list(dict.fromkeys(chain.from_iterable(rows)))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_jsonl(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def write_parquet(path: Path, rows: list[dict[str, Any]]) -> Path:
    names = dict.fromkeys(chain.from_iterable(rows))
    pq.write_table(pa.table({name: [row.get(name) for row in rows] for name in names}), path)
    return path


WRITERS: dict[str, Callable[[Path, list[dict[str, Any]]], Path]] = {
    "csv": write_csv,
    "jsonl": write_jsonl,
    "parquet": write_parquet,
}
TYPED = ["jsonl", "parquet"]


@pytest.fixture(params=WRITERS)
def catalog(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., Path]:
    """Writes the rows given as a catalog, in each format in turn."""
    return lambda *rows: WRITERS[request.param](tmp_path / f"c.{request.param}", list(rows))


def read(path: Path) -> list[ProductRow | Reject]:
    return list(read_catalog(path))


def text_file(tmp_path: Path, content: str | bytes, name: str = "c.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read_one(path: Path) -> ProductRow:
    (item,) = read(path)
    assert isinstance(item, ProductRow), item
    return item


def reject_one(path: Path) -> Reject:
    (item,) = read(path)
    assert isinstance(item, Reject), item
    return item


def failure(path: Path) -> str:
    with pytest.raises(CatalogFileError) as caught:
        read(path)
    assert str(path) in str(caught.value)
    return str(caught.value)


def row(**more: Any) -> dict[str, Any]:
    return {"product_id": "p", "image": "a.jpg"} | more


# --- rows ---------------------------------------------------------------------------------------


def test_every_known_column_is_read_and_any_other_is_an_attribute(
    catalog: Callable[..., Path],
) -> None:
    path = catalog(
        row(
            image="a.jpg | b/c.png",
            title=" Mug ",
            description="Red",
            category="Home>Kitchen",
            brand="Ember",
            price="12.5",
            currency="EUR",
            in_stock="yes",
            url="https://shop.example/p",
            Color="red",
            note="",
        )
    )
    known = read_one(path)
    assert known == ProductRow(
        row=known.row,
        product_id="p",
        images=("a.jpg", "b/c.png"),
        title="Mug",
        description="Red",
        category="Home > Kitchen",
        brand="Ember",
        price=12.5,
        currency="EUR",
        in_stock=True,
        url="https://shop.example/p",
        attributes={"Color": "red"},
    )


def test_columns_match_whatever_their_case_and_blanks(catalog: Callable[..., Path]) -> None:
    found = read_one(catalog({" Product_ID ": "p", "IMAGE": "a.jpg", "Title": "T", " Size ": "L"}))
    assert (found.product_id, found.title, found.attributes) == ("p", "T", {"Size": "L"})


def test_empty_optional_values_are_not_given(catalog: Callable[..., Path]) -> None:
    found = read_one(catalog(row(title="", category=" > ", price=" ", in_stock="", size=" ")))
    assert found == ProductRow(row=found.row, product_id="p", images=("a.jpg",))


@pytest.mark.parametrize(("suffix", "first"), [("csv", 2), ("jsonl", 1), ("parquet", 1)])
def test_rows_carry_the_number_a_person_sees(tmp_path: Path, suffix: str, first: int) -> None:
    path = WRITERS[suffix](tmp_path / f"c.{suffix}", [row(), row(price="x"), row()])
    assert [item.row for item in read(path)] == [first, first + 1, first + 2]


def test_a_multi_line_field_counts_as_one_row_and_blank_rows_count(tmp_path: Path) -> None:
    content = 'product_id,image,title\n1,a.jpg,"two\nlines"\n\n,,\n2,b.jpg,x\n'
    first, second = read(text_file(tmp_path, content))
    assert isinstance(first, ProductRow)
    assert first.title == "two\nlines"
    assert (first.row, second.row) == (2, 5)


def test_blank_lines_of_jsonl_count_but_are_no_rows(tmp_path: Path) -> None:
    path = text_file(tmp_path, f"\n{json.dumps(row())}\n  \n{json.dumps(row())}", "c.ndjson")
    assert [item.row for item in read(path)] == [2, 4]


@pytest.mark.parametrize(
    ("written", "levels"),
    [
        ("Fruit", "Fruit"),
        (" Fruit>Apple ", "Fruit > Apple"),
        ("> Fruit >> Apple >", "Fruit > Apple"),
    ],
)
def test_category_levels_are_normalised(
    catalog: Callable[..., Path], written: str, levels: str
) -> None:
    assert read_one(catalog(row(category=written))).category == levels


@pytest.mark.parametrize("suffix", TYPED)
def test_category_and_image_may_be_lists(tmp_path: Path, suffix: str) -> None:
    written = row(category=["Fruit", " Apple", ""], image=["a.jpg", " b|c.jpg ", "", None])
    found = read_one(WRITERS[suffix](tmp_path / f"c.{suffix}", [written]))
    assert found.category == "Fruit > Apple"
    assert found.images == ("a.jpg", "b|c.jpg")


@pytest.mark.parametrize(
    ("written", "price"), [("1234.5", 1234.5), ("0", 0), (" 7 ", 7), (".5", 0.5), ("1e3", 1000)]
)
def test_price_is_a_number(catalog: Callable[..., Path], written: str, price: float) -> None:
    assert read_one(catalog(row(price=written))).price == price


@pytest.mark.parametrize(
    "written", ["12,50", "€5", "$ 5", "5 EUR", "1.234,5", "-1", "nan", "inf", "1e999", "1_000", "٣"]
)
def test_a_price_that_is_no_plain_number_rejects_the_row_and_says_how_to_write_it(
    catalog: Callable[..., Path], written: str
) -> None:
    found = reject_one(catalog(row(price=written)))
    assert found.product_id == "p"
    assert found.reason.startswith(f"price '{written}' is not a number of at least 0")
    assert "write it like 1234.5" in found.reason


@pytest.mark.parametrize("value", [True, -0.5, math.inf])
@pytest.mark.parametrize("suffix", TYPED)
def test_typed_prices_are_checked_too(tmp_path: Path, suffix: str, value: Any) -> None:
    found = reject_one(WRITERS[suffix](tmp_path / f"c.{suffix}", [row(price=value)]))
    assert found.reason.startswith("price ")


def test_a_price_beyond_any_float_is_rejected(tmp_path: Path) -> None:
    assert "price" in reject_one(write_jsonl(tmp_path / "c.jsonl", [row(price=10**400)])).reason


@pytest.mark.parametrize(
    ("written", "stocked"),
    [("true", True), ("YES", True), ("1", True), ("False", False), ("no", False), ("0", False)],
)
def test_in_stock_takes_the_usual_words(
    catalog: Callable[..., Path], written: str, stocked: bool
) -> None:
    assert read_one(catalog(row(in_stock=written))).in_stock is stocked


@pytest.mark.parametrize("value", [True, False, 1, 0, 1.0, 0.0])
@pytest.mark.parametrize("suffix", TYPED)
def test_in_stock_takes_truths_and_numbers(tmp_path: Path, suffix: str, value: Any) -> None:
    path = WRITERS[suffix](tmp_path / f"c.{suffix}", [row(in_stock=value)])
    assert read_one(path).in_stock is bool(value)


def test_any_other_in_stock_rejects_the_row(catalog: Callable[..., Path]) -> None:
    assert reject_one(catalog(row(in_stock="maybe"))).reason == (
        "in_stock 'maybe' is none of true, false, yes, no, 1, 0"
    )


def test_a_reason_quotes_at_most_80_characters_of_a_value(catalog: Callable[..., Path]) -> None:
    reason = reject_one(catalog(row(price="9" * 500 + "€"))).reason
    assert "9" * 30 in reason
    assert "9" * 80 not in reason


# --- product ids --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("product_id", "part"),
    [
        ("", "is empty"),
        ("  ", "is empty"),
        ("x" * 201, "201 characters"),
        ("a\tb", "control character"),
        ("a\x85b", "control character"),
        ("a\0b", "NUL"),
    ],
)
def test_a_bad_product_id_is_rejected(
    catalog: Callable[..., Path], product_id: str, part: str
) -> None:
    found = reject_one(catalog(row(product_id=product_id)))
    assert found.reason.startswith("product_id ")
    assert part in found.reason


def test_an_id_of_200_characters_is_fine(catalog: Callable[..., Path]) -> None:
    assert read_one(catalog(row(product_id="ü" * 200))).product_id == "ü" * 200


@pytest.mark.parametrize(("value", "product_id"), [(7, "7"), (1.0, "1"), (1.5, "1.5"), (-3, "-3")])
@pytest.mark.parametrize("suffix", TYPED)
def test_numeric_ids_become_text(
    tmp_path: Path, suffix: str, value: float, product_id: str
) -> None:
    path = WRITERS[suffix](tmp_path / f"c.{suffix}", [row(product_id=value)])
    assert read_one(path).product_id == product_id


@pytest.mark.parametrize("value", [True, 2.0**53, None])
@pytest.mark.parametrize("suffix", TYPED)
def test_ids_that_are_no_names_are_rejected(tmp_path: Path, suffix: str, value: Any) -> None:
    path = WRITERS[suffix](tmp_path / f"c.{suffix}", [row(product_id=value)])
    assert reject_one(path).reason.startswith("product_id ")


# --- attributes ---------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["red", 3, 2.5, True, False, 0])
@pytest.mark.parametrize("suffix", TYPED)
def test_attributes_keep_their_type(tmp_path: Path, suffix: str, value: Any) -> None:
    found = read_one(WRITERS[suffix](tmp_path / f"c.{suffix}", [row(a=value)])).attributes
    assert found == {"a": value}
    assert type(found["a"]) is type(value)


def test_csv_attributes_stay_text(tmp_path: Path) -> None:
    found = read_one(write_csv(tmp_path / "c.csv", [row(a="3", b="true")]))
    assert found.attributes == {"a": "3", "b": "true"}


@pytest.mark.parametrize(
    ("column", "value"),
    [
        (pa.array([date(2024, 1, 2)]), "2024-01-02"),
        (pa.array([datetime(2024, 1, 2, 3, 4)], pa.timestamp("ns")), "2024-01-02T03:04:00"),
        (pa.array([1], pa.timestamp("ns")), "1970-01-01T00:00:00"),
        (pa.array([time(3, 4)], pa.time64("ns")), "03:04:00"),
        (pa.array([Decimal("1.50")]), 1.5),
        (pa.array(["red"]).dictionary_encode(), "red"),
    ],
)
def test_parquet_dates_become_iso_text_and_decimals_numbers(
    tmp_path: Path, column: Any, value: Any
) -> None:
    path = tmp_path / "c.parquet"
    pq.write_table(pa.table({"product_id": ["p"], "image": ["a.jpg"], "a": column}), path)
    assert read_one(path).attributes == {"a": value}


@pytest.mark.parametrize("suffix", TYPED)
def test_nan_and_null_are_not_given(tmp_path: Path, suffix: str) -> None:
    path = WRITERS[suffix](tmp_path / f"c.{suffix}", [row(a=math.nan, price=math.nan, title=None)])
    found = read_one(path)
    assert (found.attributes, found.price, found.title) == ({}, None, "")


@pytest.mark.parametrize("value", [["x"], {"x": 1}, math.inf])
@pytest.mark.parametrize("suffix", TYPED)
def test_what_no_attribute_can_hold_rejects_the_row(
    tmp_path: Path, suffix: str, value: Any
) -> None:
    path = WRITERS[suffix](tmp_path / f"c.{suffix}", [row(a=value)])
    assert reject_one(path).reason.startswith("a ")


@pytest.mark.parametrize("name", ["title", "category", "image"])
@pytest.mark.parametrize("value", [{"x": 1}, [1.5, {"x": 1}], True])
def test_known_columns_hold_text(tmp_path: Path, name: str, value: Any) -> None:
    assert reject_one(write_jsonl(tmp_path / "c.jsonl", [row(**{name: value})])).reason.startswith(
        f"{name} "
    )


def test_text_that_no_database_can_hold_rejects_only_its_row(tmp_path: Path) -> None:
    bad = [row(title="\ud800"), row(a="x\0y"), row(**{"\ud800": 1})]
    *rejects, good = read(write_jsonl(tmp_path / "c.jsonl", [row(), *bad, row()]))[1:]
    assert [reject.row for reject in rejects] == [2, 3, 4]
    assert isinstance(good, ProductRow)
    for reject in rejects:
        assert isinstance(reject, Reject)
        reject.reason.encode()


# --- images -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "source"),
    [
        ("a.jpg", "a.jpg"),
        ("./sub/a.jpg", "./sub/a.jpg"),
        ("sub/../a.jpg", "sub/../a.jpg"),
        ("a..b.jpg", "a..b.jpg"),
        (r"sub\a.jpg", "sub/a.jpg"),
        ("shot:1.jpg", "shot:1.jpg"),
        ("HTTPS://cdn.example/a.jpg?w=1#x", "HTTPS://cdn.example/a.jpg?w=1#x"),
        ("http://cdn.example/a/../../b.jpg", "http://cdn.example/a/../../b.jpg"),
    ],
)
def test_paths_under_the_folder_and_web_addresses_are_images(
    catalog: Callable[..., Path], written: str, source: str
) -> None:
    assert read_one(catalog(row(image=written))).images == (source,)


def test_an_absolute_path_under_the_folder_is_an_image(
    catalog: Callable[..., Path], tmp_path: Path
) -> None:
    assert read_one(catalog(row(image=f"{tmp_path}/a.jpg"))).images == (f"{tmp_path}/a.jpg",)


def test_the_folder_of_a_relative_catalog_path_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_csv(tmp_path / "c.csv", [row(image=f"{tmp_path}/a.jpg")])
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    assert read_one(Path("../c.csv")).images == (f"{tmp_path}/a.jpg",)


@pytest.mark.parametrize(
    ("source", "part"),
    [
        ("../a.jpg", "leaves the catalog's folder"),
        ("sub/../../a.jpg", "leaves the catalog's folder"),
        (r"..\a.jpg", "leaves the catalog's folder"),
        ("/etc/passwd", "leaves the catalog's folder"),
        (r"C:\a.jpg", "leaves the catalog's folder"),
        (r"\\server\a.jpg", "leaves the catalog's folder"),
        ("a\0.jpg", "NUL"),
        ("ftp://x/a.jpg", "not an http(s) address"),
        ("data:image/png;base64,AAAA", "not an http(s) address"),
        ("file:/etc/passwd", "not an http(s) address"),
        ("s3://bucket/a.jpg", "not an http(s) address"),
        ("https:///a.jpg", "not an http(s) address"),
        ("ok.jpg", "twice"),
    ],
)
def test_a_refused_image_does_not_cost_the_row_its_others(
    catalog: Callable[..., Path], source: str, part: str
) -> None:
    reject, product = read(catalog(row(image=f"ok.jpg|{source}|b.jpg")))
    assert isinstance(product, ProductRow)
    assert product.images == ("ok.jpg", "b.jpg")
    assert isinstance(reject, Reject)
    assert (reject.row, reject.product_id) == (product.row, "p")
    assert part in reject.reason


def test_a_sibling_folder_with_the_same_beginning_is_outside(
    catalog: Callable[..., Path], tmp_path: Path
) -> None:
    reject, _ = read(catalog(row(image=f"{tmp_path}-other/a.jpg")))
    assert isinstance(reject, Reject)
    assert "leaves" in reject.reason


def test_a_reject_names_its_source_but_never_megabytes_of_it(
    catalog: Callable[..., Path],
) -> None:
    long, short, _ = read(catalog(row(image=f"data:{'A' * 9999}|../a.jpg")))
    assert isinstance(long, Reject)
    assert isinstance(short, Reject)
    assert len(long.source) <= 80
    assert short.source == "../a.jpg"


def test_a_row_without_a_usable_image_gives_only_rejects(catalog: Callable[..., Path]) -> None:
    items = read(catalog(row(image="../a.jpg|ftp://x/b.jpg"), row(image=" | ")))
    assert all(isinstance(item, Reject) for item in items)
    reasons = [item.reason for item in items if isinstance(item, Reject)]
    assert [i for i, why in enumerate(reasons) if why == "the product has no usable image"] == [
        2,
        3,
    ]


# --- columns ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "parts"),
    [
        (["sku", "image"], ["no column product_id", "rename sku to product_id"]),
        (["prodct_id", "image"], ["no column product_id", "rename prodct_id to product_id"]),
        (["product_id", "Image_Link"], ["no column image", "rename image_link to image"]),
        (["product_id", "imagge"], ["rename imagge to image"]),
        (["id", "picture"], ["no column product_id and no image", "id to", "picture to"]),
        (["product_id", "zzz"], ["no column image", "the columns are: product_id, zzz"]),
    ],
)
def test_a_missing_column_is_named_with_those_there_and_the_likely_one(
    catalog: Callable[..., Path], names: list[str], parts: list[str]
) -> None:
    message = failure(catalog(dict.fromkeys(names, "x")))
    assert all(part in message for part in parts), message


def test_no_rename_is_suggested_when_nothing_looks_like_it(catalog: Callable[..., Path]) -> None:
    assert "; rename" not in failure(catalog({"product_id": "p", "url": "x"}))


def test_a_column_twice_is_refused(catalog: Callable[..., Path]) -> None:
    assert "column color is there twice" in failure(catalog(row(Color="a", color="b")))


def test_the_same_column_twice_in_parquet_is_refused(tmp_path: Path) -> None:
    table = pa.table([["p"], ["a"], ["b"]], names=["product_id", "image", "image"])
    pq.write_table(table, tmp_path / "c.parquet")
    assert "column image is there twice" in failure(tmp_path / "c.parquet")


def test_only_the_first_object_of_jsonl_decides_about_the_file(tmp_path: Path) -> None:
    _, reject, _ = read(write_jsonl(tmp_path / "c.jsonl", [row(), {"sku": "x"}, row(extra=1)]))
    assert isinstance(reject, Reject)
    assert reject.row == 2
    assert "no column product_id" in reject.reason


def test_a_column_without_a_name_may_only_be_empty(tmp_path: Path) -> None:
    good, bad = read(text_file(tmp_path, "product_id,image,,\n1,a.jpg,,\n2,b.jpg,,x\n"))
    assert isinstance(good, ProductRow)
    assert isinstance(bad, Reject)
    assert bad.reason == "column 4 'x' stands in a column without a name; name it in the header"


# --- CSV ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("suffix", ["csv", "tsv", "CSV"])
def test_the_header_shows_the_delimiter(tmp_path: Path, suffix: str, delimiter: str) -> None:
    lines = ["product_id", "image", '"a,b;c"'], ["1", "a.jpg", "x"]
    content = "\n".join(delimiter.join(cells) for cells in lines)
    found = read_one(text_file(tmp_path, content, f"c.{suffix}"))
    assert (found.product_id, found.images, found.attributes) == ("1", ("a.jpg",), {"a,b;c": "x"})


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_byte_order_marks_do_not_matter(
    tmp_path: Path, mark: bytes, end: str
) -> None:
    content = mark + f"product_id,image{end}ü,a.jpg{end}".encode()
    assert read_one(text_file(tmp_path, content)).product_id == "ü"
    as_json = mark + json.dumps(row()).encode()
    assert read_one(text_file(tmp_path, as_json, "c.jsonl")).product_id == "p"


@pytest.mark.parametrize(
    ("content", "part"),
    [
        ("product_id,image\n1,a.jpg\n2,caf\xe9.jpg\n".encode("latin-1"), "line 3, byte 6 of it is"),
        ("product_id,image\n1,a.jpg\n".encode("utf-16"), "line 1, byte 1 of it is 0xFF"),
    ],
)
def test_another_encoding_is_named_by_line_and_byte(
    tmp_path: Path, content: bytes, part: str
) -> None:
    message = failure(text_file(tmp_path, content))
    assert part in message
    assert "save it as UTF-8" in message


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("1", "1 cells under 3 columns"),
        ("1,a.jpg,x,y", "4 cells under 3 columns"),
        ("1,a.jpg,x\0y", "NUL"),
        (f"1,a.jpg,{'x' * 200_000}", "field larger than field limit"),
        ('1,a.jpg,"x"y', "check its quotes"),
    ],
)
def test_a_broken_line_is_rejected_and_the_next_one_is_read(
    tmp_path: Path, line: str, part: str
) -> None:
    reject, product = read(text_file(tmp_path, f"product_id,image,t\n{line}\n2,b.jpg,x\n"))
    assert isinstance(reject, Reject)
    assert part in reject.reason
    assert isinstance(product, ProductRow)
    assert (reject.row, product.row) == (2, 3)


def test_a_quote_left_open_says_which_lines_it_swallows(tmp_path: Path) -> None:
    found = reject_one(text_file(tmp_path, 'product_id,image\n1,"a.jpg\n2,b.jpg\n'))
    assert "unexpected end of data" in found.reason
    assert "lines 2 to 3 are skipped" in found.reason


def test_a_broken_header_is_an_error(tmp_path: Path) -> None:
    assert "header line is broken" in failure(text_file(tmp_path, '"product_id,image\n1,a.jpg\n'))


# --- JSONL --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "part"),
    [
        (b'{"product_id": "1", "image"', "not JSON"),
        (b"[1, 2]", "not a JSON object"),
        (b'"text"', "not a JSON object"),
        (b'{"product_id": "1", "image": "a", "image": "b"}', "twice"),
        (b"[" * 100_000, "not JSON"),
        (b'{"product_id": ' + b"9" * 5000 + b"}", "not JSON"),
        (b'{"product_id": "caf\xe9"}', "byte 20 is 0xE9; save it as UTF-8"),
    ],
)
def test_a_bad_jsonl_line_is_rejected_and_the_next_one_is_read(
    tmp_path: Path, line: bytes, part: str
) -> None:
    good = json.dumps(row()).encode()
    path = text_file(tmp_path, b"\n".join([line, good]), "c.jsonl")
    reject, product = read(path)
    assert isinstance(reject, Reject)
    assert part in reject.reason
    assert reject.row == 1
    assert isinstance(product, ProductRow)


# --- files --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["c.csv", "c.jsonl", "c.parquet"])
def test_files_that_are_not_there_and_folders_are_refused(tmp_path: Path, name: str) -> None:
    assert "no such file" in failure(tmp_path / name)
    assert "no such file" in failure(text_file(tmp_path, "x", "file") / name)
    (tmp_path / name).mkdir()
    assert "this is a folder" in failure(tmp_path / name)


@pytest.mark.parametrize(
    ("error", "part"),
    [(PermissionError(13, "no"), "change its permissions"), (OSError(5, "bad disk"), "bad disk")],
)
def test_what_the_disk_refuses_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError, part: str
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise error

    path = write_csv(tmp_path / "c.csv", [row()])
    monkeypatch.setattr(Path, "open", refuse)
    assert part in failure(path)


@pytest.mark.parametrize("name", ["c.xlsx", "c.txt", "catalog"])
def test_an_unknown_suffix_is_refused_and_the_known_ones_named(tmp_path: Path, name: str) -> None:
    message = failure(text_file(tmp_path, "x", name))
    assert ".csv, .tsv, .jsonl, .ndjson, .parquet" in message


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("c.csv", ""),
        ("c.csv", "\n \n"),
        ("c.csv", "product_id,image\n"),
        ("c.csv", "product_id,image\n\n,\n"),
        ("c.jsonl", ""),
        ("c.jsonl", "\n\n"),
        ("c.parquet", ""),
    ],
)
def test_a_file_without_a_row_is_refused(tmp_path: Path, name: str, content: str) -> None:
    assert "give each product a row" in failure(text_file(tmp_path, content, name))


def test_a_parquet_file_without_a_row_is_refused(tmp_path: Path) -> None:
    empty = pa.table({"product_id": pa.array([], pa.string()), "image": pa.array([], pa.string())})
    pq.write_table(empty, tmp_path / "c.parquet")
    assert "give each product a row" in failure(tmp_path / "c.parquet")


def test_what_is_not_parquet_inside_is_refused(tmp_path: Path) -> None:
    assert "not a Parquet file" in failure(text_file(tmp_path, "product_id,image\n", "c.parquet"))


def test_a_damaged_parquet_file_is_refused(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "c.parquet", [row(product_id=str(i)) for i in range(2000)])
    content = bytearray(path.read_bytes())
    content[4:2000] = bytes(1996)
    path.write_bytes(content)
    failure(path)


# --- the whole ----------------------------------------------------------------------------------

texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12).map(str.strip)
names = st.text("abc_é 1", min_size=1, max_size=6).map(lambda name: f"x{name}".strip())
products = st.fixed_dictionaries(
    {
        "product_id": texts.filter(bool),
        "image": st.lists(st.from_regex(r"[a-z]{1,4}\.jpg", fullmatch=True), min_size=1).map(
            "|".join
        ),
    },
    optional={
        "title": texts,
        "category": st.lists(texts, max_size=3).map(">".join),
        "price": st.floats(0, 1e12).map(str),
        "in_stock": st.sampled_from(["true", "NO", "1", ""]),
    },
)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_csv_jsonl_and_parquet_of_the_same_products_read_the_same(data: st.DataObject) -> None:
    extra = data.draw(st.lists(names, max_size=2, unique_by=str.lower))
    attributes = st.fixed_dictionaries(dict.fromkeys(extra, texts))
    each = st.builds(lambda known, more: known | more, products, attributes)
    rows = data.draw(st.lists(each, min_size=1, max_size=5))
    with tempfile.TemporaryDirectory() as folder:
        as_csv, as_jsonl, as_parquet = (
            [replace(item, row=0) for item in read(write(Path(folder, f"c.{suffix}"), rows))]
            for suffix, write in WRITERS.items()
        )
    assert as_csv == as_jsonl == as_parquet
    assert sum(isinstance(item, ProductRow) for item in as_csv) == len(rows)


@pytest.mark.parametrize("suffix", WRITERS)
def test_memory_does_not_grow_with_the_file(tmp_path: Path, suffix: str) -> None:
    rows = [row(product_id=f"p{i}", title="t" * 100, n=str(i)) for i in range(30_000)]
    path = WRITERS[suffix](tmp_path / f"c.{suffix}", rows)
    del rows
    before = pa.total_allocated_bytes()
    held = 0
    tracemalloc.start()
    try:
        for count, _ in enumerate(read_catalog(path), 1):
            if count % 1000 == 0:
                held = max(held, pa.total_allocated_bytes() - before)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert count == 30_000
    assert peak < 5_000_000
    assert held < 5_000_000


def test_a_deeply_nested_value_never_stops_the_digest_of_its_row(tmp_path: Path) -> None:
    lines = (
        f'{{"product_id": "p", "image": "a.jpg", "deep": {"[" * depth}{"]" * depth}}}'
        for depth in range(700, 1_050)
    )
    rows = list(read_rows(text_file(tmp_path, "\n".join(lines), "c.jsonl")))
    assert len(rows) == 350
    assert all(isinstance(row, Reject) or len(row.digest()) == 32 for row in rows)
