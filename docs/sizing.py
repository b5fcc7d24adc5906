"""Writes the tables of docs/scale.md: what catalogs of four sizes need. ``python -m docs.sizing``.

A test fails while they are out of date.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).parent / "scale.md"
SIZES = (10**6, 10**7, 10**8, 10**9)

_TABLE = re.compile(r"(?<=<!-- sizes -->\n).*?(?=<!-- end of sizes -->)", re.DOTALL)


@dataclass(frozen=True)
class Constant:
    """A number and where it is from."""

    value: float
    source: str


# Bytes, seconds of one core, dollars. Each image is a product of its own.
PHOTO = Constant(21_700, "mean of 3,017 photos of 348 px, GroceryStoreDataset")
EMBED = Constant(2 / 103, "`benchmarks.build`, 348 px: 103/s on two AVX2 cores, decoding included")
EMBED_AMX = Constant(2 / 458, "two AMX cores in bfloat16, inference alone: 458/s (DESIGN.md)")
DECODE = Constant(2 / 840, "`benchmarks.build`, 348 px: 840/s on two AVX2 cores")
GPU_RATE = Constant(
    8_710, "tf_efficientnet_lite0 on an RTX 4090 in mixed precision, timm's published results"
)
FEATURES = Constant(2_836, "1,280 float16 and their key, in SQLite pages of 8 kB")
ROWS = Constant(731, "the other tables of `benchmarks.rebuild` with 1,000,000 rows")
INDEX = Constant(569, "`benchmarks.scale`, 10,000,000: IVF8192,RaBitQ and float16")
CODES = Constant(120, "the same: within 1.2 GB of memory for what every search reads")
IDS = Constant(32, "four arrays of numbers that each process makes of a version's ids")
BUILD = Constant(2_830, "`benchmarks.scale`, 10,000,000 vectors: sample, training, adding, tuning")
MILVUS = Constant(2_300, "`benchmarks.index`, 1,000,000: HNSW, M 16")
VCPU = Constant(0.0816 / 2, "half of an m7g.large on demand, us-east-1, June 2026")
OBJECTS = Constant(0.023, "S3 Standard, a GB and month, us-east-1, 2026")
NETWORK = 125e6
"""Bytes a second of one gigabit."""


def build_seconds(images: int) -> float:
    """Of one core. Each vector is compared with the centres of lists: as many as the root of n."""
    return float(BUILD.value * (images / 10**7) ** 1.5)


ROWS_OF_TABLE: tuple[tuple[str, Callable[[int], str]], ...] = (
    ("photos to read", lambda n: _bytes(n * PHOTO.value)),
    ("… over one gigabit", lambda n: _time(n * PHOTO.value / NETWORK)),
    ("embedding, core-time (AVX2)", lambda n: _time(n * EMBED.value)),
    ("… on 64 such cores", lambda n: _time(n * EMBED.value / 64)),
    ("… in dollars", lambda n: _dollars(n * EMBED.value / 3600 * VCPU.value)),
    ("embedding, core-time (AMX, bfloat16)", lambda n: _time(n * EMBED_AMX.value)),
    ("on a GPU of that rate", lambda n: _time(n / GPU_RATE.value)),
    ("… and core-time to decode for it", lambda n: _time(n * DECODE.value)),
    ("features in the catalog", lambda n: _bytes(n * FEATURES.value)),
    ("other tables", lambda n: _bytes(n * ROWS.value)),
    ("building the index, core-time", lambda n: _time(build_seconds(n))),
    ("index file (lists, RaBitQ, float16)", lambda n: _bytes(n * INDEX.value)),
    ("… read by every search", lambda n: _bytes(n * CODES.value)),
    ("… of its own, each process", lambda n: _bytes(n * IDS.value)),
    ("… a replica pulls it over one gigabit", lambda n: _time(n * INDEX.value / NETWORK)),
    ("… three versions in object storage, a month", lambda n: _dollars(_gb(3 * n) * OBJECTS.value)),
    ("the same in Milvus (HNSW), memory", lambda n: _bytes(n * MILVUS.value)),
)

CONSTANTS = {
    "bytes of a photo": PHOTO,
    "core-seconds to decode and embed one": EMBED,
    "core-seconds to embed one with AMX": EMBED_AMX,
    "core-seconds to decode one": DECODE,
    "images a second on a GPU": GPU_RATE,
    "bytes of an image's features": FEATURES,
    "bytes of all else about it": ROWS,
    "bytes of a vector in the index": INDEX,
    "… of which every search reads": CODES,
    "… besides, in each process": IDS,
    "core-seconds to build an index of 10,000,000": BUILD,
    "bytes of a vector in Milvus": MILVUS,
    "dollars for a core and hour": VCPU,
    "dollars for a GB and month": OBJECTS,
}


def updated(page: str) -> str:
    """The page with the tables as the constants are now."""
    head = ["| | 1M | 10M | 100M | 1B |\n", "|---|---:|---:|---:|---:|\n"]
    sizes = [f"| {name} | {' | '.join(map(of, SIZES))} |\n" for name, of in ROWS_OF_TABLE]
    known = [f"| {name} | {one.value:,.4g} | {one.source} |\n" for name, one in CONSTANTS.items()]
    facts = ["\n| constant | value | from |\n", "|---|---:|---|\n", *known]
    table = "".join([*head, *sizes, *facts])
    return _TABLE.sub(lambda _: table, page)


def _gb(images: float) -> float:
    return images * INDEX.value / 1e9


def _bytes(count: float) -> str:
    return _scaled(count, ((1e15, "PB"), (1e12, "TB"), (1e9, "GB"), (1e6, "MB")))


def _time(seconds: float) -> str:
    return _scaled(
        seconds, ((365 * 86_400, "years"), (86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))
    )


def _dollars(count: float) -> str:
    return f"${count:,.2f}" if count < 10 else f"${count:,.0f}"


def _scaled(value: float, units: tuple[tuple[float, str], ...]) -> str:
    size, name = next((one for one in units if value >= one[0]), units[-1])
    return f"{value / size:,.3g} {name}"


if __name__ == "__main__":
    PAGE.write_text(updated(PAGE.read_text()))
