"""What is given hostile bytes, and bytes to begin with; each may write into a folder."""

import ipaddress
import json
import socket
from collections.abc import Callable
from dataclasses import asdict, dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.fuzz.pictures import pictures
from indexer.sources import read_catalog
from search.catalog.filters.grammar import parse
from search.errors import LookalikeError
from search.fetching.fetcher import Fetcher
from search.images import decode
from search.predictions.calibration import Calibration
from search.versions import IndexFolder
from search.versions.manifest import Manifest, SealedFile

_SUFFIXES = (".csv", ".jsonl", ".parquet")
_ROWS: list[dict[str, Any]] = [
    {"product_id": "1", "image": "a.jpg|b.jpg", "price": 3.2, "in_stock": True, "colour": "red"},
    {"product_id": "2", "image": "http://a/b.jpg", "price": None, "in_stock": False, "colour": ""},
]
_FILTERS = [
    'brand:acme,"zen, or ""so"""', "price:10..199", "price:..50", "-in_stock:true",
    "category:Fruit > Apple,Nuts", "degrees: -5.5 .. -.5", '"a:b":c', "Größe in cm:5\nprice:1",
]  # fmt: skip
_URLS = [
    "http://127.0.0.1/", "http://[::ffff:127.0.0.1]:80/a.jpg", "https://me:secret@10.0.0.1/?a=b#c",
    "http://0x7f.1/", "http://93.184.216.34:8080/röd.jpg", "http://bücher.test/%2e%2e/a",
    "http://[fe80::1%25lo]/", "http://2130706433/", "http://a.test./\\@127.0.0.1/",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Target:
    """``run`` raises only what it must not; ``seeds`` are good inputs."""

    run: Callable[[bytes], None]
    seeds: list[bytes]


def images(_: Path) -> Target:
    """A picture in any format, decoded whole or reduced."""

    def run(data: bytes) -> None:
        picture = decode(data[1:], "x", at_least=16 * (data[:1] > b"\x80"))
        assert picture.pixels.mode == "RGB"

    return Target(_own_errors(run), [b"\0" + data for data in pictures()])


def filters(_: Path) -> Target:
    """Several filters, one on each line."""

    def run(data: bytes) -> None:
        parse(data.decode("utf-8", "surrogateescape").split("\n"))

    return Target(_own_errors(run), [text.encode() for text in _FILTERS])


def rows(folder: Path) -> Target:
    """A catalog file; the first byte says in which format."""
    paths = [folder / f"catalog{suffix}" for suffix in _SUFFIXES]

    def run(data: bytes) -> None:
        path = paths[data[0] % len(paths)] if data else paths[0]
        path.write_bytes(data[1:])
        for _ in read_catalog(path):
            pass

    return Target(_own_errors(run), [bytes([at]) + data for at, data in enumerate(_catalogs())])


def manifest(folder: Path) -> Target:
    """A version's manifest, or the file that says which version is live."""
    index = IndexFolder(folder / "index")
    index.create()
    version = index.folder(1)
    version.mkdir(exist_ok=True)
    (version / "head.safetensors").write_bytes(b"head")
    sealed = (SealedFile.of(version / "head.safetensors"),)
    good = Manifest(
        1, "2026-01-01T00:00:00+00:00", "spec", "b", "h", "tuned", 3, 4, 5, "/", sealed,
        tuning={"a": 1}, calibration=_calibration(), index={},
    )  # fmt: skip

    def run(data: bytes) -> None:
        (index.path / "CURRENT").write_bytes(data[1:] if data[:1] == b"C" else b"1\n")
        (version / "manifest.json").write_bytes(data if data[:1] != b"C" else b"{}")
        index.manifests()
        live = index.require_live()
        assert all(type(getattr(live, name)) is kind for name, kind in _TYPES.items())
        Calibration.read(live.calibration)
        assert live.built and live.model
        assert live.is_there(version) in {True, False}
        index.verify(live)

    return Target(_own_errors(run), [good.as_json().encode(), b"C1\n"])


_TYPES = {"version": int, "spec": str, "image_root": str, "products": int, "revision": int}


def urls(_: Path) -> Target:
    """A URL, fetched where names and connections lead nowhere."""
    fetcher = Fetcher(["shop.test", "10.9.0.0/16"], timeout=1)
    lookup = socket.getaddrinfo

    def resolve(host: Any, port: Any, *args: Any, **options: Any) -> Any:
        return lookup(host, port, *args, **options | {"flags": socket.AI_NUMERICHOST})

    def connect(_: socket.socket, address: Any) -> None:
        found = ipaddress.ip_address(address[0])
        allowed = found in ipaddress.ip_network("10.9.0.0/16")
        assert (found.is_global and not found.is_multicast) or allowed, address
        raise ConnectionRefusedError(111, "Connection refused")

    def run(data: bytes) -> None:
        fetcher.fetch(data.decode("utf-8", "surrogateescape"))

    socket.getaddrinfo = resolve
    socket.socket.connect = connect  # type: ignore[assignment, method-assign]
    return Target(_own_errors(run), [url.encode() for url in _URLS])


TARGETS: dict[str, Callable[[Path], Target]] = {
    "images": images,
    "filters": filters,
    "rows": rows,
    "manifest": manifest,
    "urls": urls,
}


def _own_errors(run: Callable[[bytes], None]) -> Callable[[bytes], None]:
    def tried(data: bytes) -> None:
        try:
            run(data)
        except LookalikeError as error:
            assert str(error)
            str(error).encode()  # an answer can hold it

    return tried


def _catalogs() -> list[bytes]:
    names = list(_ROWS[0])
    lines = [
        ",".join("" if row[name] is None else str(row[name]) for name in names) for row in _ROWS
    ]
    parquet = BytesIO()
    table = pa.table({name: [row[name] for row in _ROWS] for name in names})
    pq.write_table(table.append_column("tags", pa.array([["x"], None])), parquet)
    jsonl = "".join(json.dumps(row) + "\n" for row in _ROWS)
    return ["\n".join([",".join(names), *lines]).encode(), jsonl.encode(), parquet.getvalue()]


def _calibration() -> dict[str, Any]:
    return asdict(Calibration())
