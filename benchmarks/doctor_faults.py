"""Faults of a known kind and number, planted in a copy of a catalog."""

import csv
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from indexer.doctoring.records import Kind
from search.images import load

Row = dict[str, str]

_SHARES = {
    Kind.LABEL: 0.02,
    Kind.NEAR_DUPLICATE: 0.01,
    Kind.BLANK: 0.005,
    Kind.TEXT: 0.005,
    Kind.BLURRED: 0.005,
    Kind.TINY: 0.005,
    Kind.OUTLIER: 0.005,
}
_PLACEHOLDERS = 6
_WORDS = ("soft cotton", "250 g", "keep dry", "best before", "wash at 30 °C", "contains nuts")


@dataclass(slots=True)
class Planted:
    """A catalog ``file``, and the products at fault in it; ``copies`` maps copies to originals."""

    file: Path
    products: dict[Kind, set[str]] = field(default_factory=dict)
    copies: dict[str, str] = field(default_factory=dict)


def copy_catalog(catalog: Path, folder: Path) -> list[Row]:
    """Its rows, the pictures being below ``folder``, where they are copied once."""
    with catalog.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if "|" not in row["image"]]
    for row in rows:
        place = folder / row["image"]
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(catalog.parent / row["image"], place)
    return rows


def plant(rows: list[Row], foreign: list[Path], folder: Path, seed: int) -> Planted:
    """Each product gets one fault at most; the file and the new pictures go into ``folder``."""
    random = np.random.default_rng(seed)
    planted = Planted(folder / f"seed-{seed}.csv")
    given = [dict(row) for row in rows]
    order = iter(random.permutation(len(rows)).tolist())

    def draw(kind: Kind, count: int) -> list[Row]:
        drawn = [given[next(order)] for _ in range(count)]
        planted.products[kind] = {row["product_id"] for row in drawn}
        return drawn

    pictures = _Pictures(folder, Path(f"seed-{seed}"), random)
    for kind, share in _SHARES.items():
        if kind is Kind.OUTLIER and not foreign:
            continue
        drawn = draw(kind, round(share * len(rows)))
        if kind is Kind.LABEL:
            _exchange(drawn, sorted({row["category"] for row in rows}), random)
        elif kind is Kind.NEAR_DUPLICATE:
            for row in drawn:
                copied = row | {"product_id": f"copy of {row['product_id']}"}
                given.append(copied)
                planted.copies[copied["product_id"]] = row["product_id"]
                pictures.replace(copied, _copied)
        elif kind is Kind.OUTLIER:
            for row, at in zip(drawn, random.permutation(len(foreign)), strict=False):
                row["image"] = str(foreign[at].relative_to(folder))
        else:
            for row in drawn:
                pictures.replace(row, _DRAW[kind])
    for row in draw(Kind.PLACEHOLDER, _PLACEHOLDERS):
        pictures.replace(row, _placeholder)
    write_catalog(planted.file, given)
    return planted


def _exchange(rows: list[Row], categories: list[str], random: np.random.Generator) -> None:
    for row in rows:
        others = [one for one in categories if one != row["category"]]
        row["category"] = others[int(random.integers(len(others)))]


@dataclass(frozen=True, slots=True)
class _Pictures:
    """Makes new pictures of old ones, as JPEG of a random quality, in a folder below the root."""

    root: Path
    folder: Path
    random: np.random.Generator

    def replace(
        self, row: Row, change: Callable[[Image.Image, np.random.Generator], Image.Image]
    ) -> None:
        place = self.folder / f"{row['product_id']}.jpg"
        (self.root / place).parent.mkdir(parents=True, exist_ok=True)
        made = change(load(self.root / row["image"]).pixels, self.random)
        made.save(self.root / place, quality=int(self.random.integers(40, 90)))
        row["image"] = str(place)


def _copied(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    """Up to a quarter cut off each axis, then scaled to between a half and one and a half."""
    width, height = picture.size
    across, down = (float(one) for one in random.uniform(0.75, 1.0, 2))
    left = random.uniform(0, 1 - across) * width
    top = random.uniform(0, 1 - down) * height
    right, bottom = left + across * width, top + down * height
    cut = picture.crop((round(left), round(top), round(right), round(bottom)))
    scale = float(random.uniform(0.5, 1.5))
    return cut.resize((max(round(cut.width * scale), 100), max(round(cut.height * scale), 100)))


def _blank(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    colour = (255, 255, 255) if random.random() < 0.5 else tuple(random.integers(0, 256, 3))
    grain = random.normal(0, float(random.uniform(0, 3)), (picture.height, picture.width, 1))
    return Image.fromarray(np.clip(np.array(colour) + grain, 0, 255).astype(np.uint8))


def _blurred(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    share = float(random.uniform(0.015, 0.04))
    return picture.filter(ImageFilter.GaussianBlur(share * max(picture.size)))


def _tiny(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    small = picture.copy()
    small.thumbnail((int(random.integers(30, 99)),) * 2)
    return small


def _text(picture: Image.Image, random: np.random.Generator) -> Image.Image:
    """Lines of words, dark on light or light on dark."""
    size = float(random.uniform(0.04, 0.08)) * picture.height
    dark, light = (int(one) for one in (random.integers(0, 60), random.integers(200, 256)))
    ground, ink = (light, dark) if random.random() < 0.7 else (dark, light)
    page = Image.new("RGB", picture.size, (ground,) * 3)
    pen = ImageDraw.Draw(page)
    for top in np.arange(size, picture.height - 2 * size, 1.5 * size):
        words = " ".join(random.permutation(_WORDS)[:4])
        pen.text((size, top), words, fill=(ink,) * 3, font=ImageFont.load_default(size))
    return page


def _placeholder(picture: Image.Image, random: np.random.Generator) -> Image.Image:  # noqa: ARG001
    """The same for all, but for how each is compressed."""
    page = Image.new("RGB", (300, 300), (235, 235, 235))
    pen = ImageDraw.Draw(page)
    pen.rectangle((90, 80, 210, 170), outline=(150, 150, 150), width=8)
    pen.ellipse((130, 105, 170, 145), outline=(150, 150, 150), width=8)
    pen.text((75, 200), "No picture", fill=(150, 150, 150), font=ImageFont.load_default(30))
    return page


_DRAW = {Kind.BLANK: _blank, Kind.BLURRED: _blurred, Kind.TINY: _tiny, Kind.TEXT: _text}


def write_catalog(path: Path, rows: list[Row]) -> Path:
    """As a CSV file."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path
