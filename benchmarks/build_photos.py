"""Photos of a catalog at the size that a benchmark asks for."""

import csv
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from PIL import Image

from indexer.sources import read_catalog
from search.catalog.records import ProductRow


@dataclass(frozen=True, slots=True)
class Photos:
    """A catalog file and the images that it names, in its order."""

    catalog: Path
    paths: list[Path]

    @classmethod
    def made(cls, catalog: Path, folder: Path, side: int, most: int | None) -> Self:
        """Copies in ``folder`` whose longer side is ``side`` pixels, 0 for as they are.

        ``most`` bounds how many there are.
        """
        rows = [row for row in read_catalog(catalog) if isinstance(row, ProductRow)]
        sources = [catalog.parent / source for row in rows for source in row.images]
        step = max(1, len(sources) // most) if most else 1
        chosen = sources[::step][:most]
        made = [_copy(path, folder / f"{n}{path.suffix}", side) for n, path in enumerate(chosen)]
        print(f"{len(made)} photos made", file=sys.stderr)
        file = folder / "catalog.csv"
        with file.open("w", newline="", encoding="utf-8") as lines:
            writer = csv.writer(lines)
            writer.writerow(["product_id", "image"])
            writer.writerows([f"p{n}", path.name] for n, path in enumerate(made))
        return cls(file, made)


def _copy(path: Path, target: Path, side: int) -> Path:
    with Image.open(path) as image:
        if side in (0, max(image.size)):
            shutil.copy(path, target)
            return target
        scale = side / max(image.size)
        size = (round(image.width * scale), round(image.height * scale))
        image.convert("RGB").resize(size, Image.Resampling.BICUBIC).save(target, quality=90)
    return target
