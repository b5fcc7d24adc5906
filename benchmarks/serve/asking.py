"""What is asked, and whether the server answers it as the engine does."""

import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import numpy as np
from PIL import Image

from benchmarks.serve.server import Server
from indexer.sources import read_catalog
from search import SearchEngine
from search.catalog.records import ProductRow

QUERIES = 128
SIDE = 348


@dataclass
class Asked:
    """What is asked, in-process and over HTTP, and what was found out."""

    pictures: list[bytes]
    products: list[str]
    figures: dict[str, list[dict[str, float]]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def requests(self, kind: str) -> list[bytes]:
        """As they go over the wire."""
        if kind == "upload":
            return [_upload(one) for one in self.pictures]
        ids = [quote(one, safe="") for one in self.products]
        return [
            f"GET /similar?product_id={one} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
            for one in ids
        ]


def asked_of(catalog: Path) -> Asked:
    """Pictures and products of a catalog, drawn by chance."""
    random = np.random.default_rng(0)
    rows = [row for row in read_catalog(catalog) if isinstance(row, ProductRow)]
    local = [row for row in rows if not row.images[0].startswith("http")]
    chosen = random.choice(len(local), min(QUERIES, len(local)), replace=False)
    some = [local[int(place)] for place in chosen]
    pictures = [_jpeg(catalog.parent / row.images[0]) for row in some]
    return Asked(pictures, [row.product_id for row in some])


def _jpeg(path: Path) -> bytes:
    """A picture of SIDE x SIDE pixels: an upload is not the catalog's own file."""
    file = io.BytesIO()
    Image.open(path).convert("RGB").resize((SIDE, SIDE)).save(file, "JPEG", quality=90)
    return file.getvalue()


def _upload(picture: bytes) -> bytes:
    part = b'Content-Disposition: form-data; name="file"; filename="a.jpg"'
    body = b"--x\r\n" + part + b"\r\n\r\n" + picture + b"\r\n--x--\r\n"
    kind = b"Content-Type: multipart/form-data; boundary=x"
    length = b"Content-Length: %d" % len(body)
    return b"\r\n".join((b"POST /similar HTTP/1.1", b"Host: localhost", kind, length, b"", body))


def different(engine: SearchEngine, server: Server, asked: Asked) -> int:
    """How many answers, asked 16 at a time, have other products than the engine's here."""
    with (
        httpx.Client(base_url=server.url, timeout=60, trust_env=False) as client,
        ThreadPoolExecutor(16) as threads,
    ):
        uploads = threads.map(
            lambda one: client.post("/similar", files={"file": one}).json(), asked.pictures
        )
        products = threads.map(
            lambda one: client.get("/similar", params={"product_id": one}).json(), asked.products
        )
        served = [_products(one) for one in (*uploads, *products)]
    own = [engine.similar(one) for one in asked.pictures]
    own += [engine.similar(product_id=one) for one in asked.products]
    wanted = [[one.product_id for one in answer.results] for answer in own]
    return sum(one != other for one, other in zip(served, wanted, strict=True))


def _products(answer: dict[str, Any]) -> list[str]:
    return [one["product_id"] for one in answer["results"]]
