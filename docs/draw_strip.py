"""Draws docs/images/similar.jpg: a customer's photo and what the sample index finds for it.

make demo SERVE=0 && .venv/bin/python docs/draw_strip.py
"""

from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from search import Answer, SearchEngine

ROOT = Path(__file__).parent.parent
PHOTOS = ("chair-02", "teapot-03", "bag-04")
FOUND = 5
SIDE = 200
GAP = 12
LABEL = 40
INK = (40, 40, 40)
FAINT = (120, 120, 120)


def main() -> None:
    """One row for each photo: the photo, a gap, the products."""
    engine = SearchEngine.open(ROOT / "demo-index")
    width = (FOUND + 1) * (SIDE + GAP) + 4 * GAP
    strip = Image.new("RGB", (width, len(PHOTOS) * (SIDE + LABEL + GAP) + GAP), "white")
    for row, name in enumerate(PHOTOS):
        photo = ROOT / "data" / "sample" / "queries" / f"{name}.jpg"
        answer = engine.similar(photo, k=FOUND)
        draw_row(strip, GAP + row * (SIDE + LABEL + GAP), photo, answer)
    strip.save(ROOT / "docs" / "images" / "similar.jpg", quality=88)


def draw_row(strip: Image.Image, top: int, photo: Path, answer: Answer) -> None:
    """The photo with its category, then each product with title and score."""
    shown = answer.categories[0]
    draw_picture(strip, (GAP, top), photo, "a customer's photo", shown.path.split(" > ")[-1])
    for place, result in enumerate(answer.results, start=1):
        left = 4 * GAP + place * (SIDE + GAP)
        path = ROOT / "data" / "sample" / result.image
        name, _, variant = result.product.title.partition(", ")
        detail = f"{variant} · {result.score:.2f}" if variant else f"{result.score:.2f}"
        draw_picture(strip, (left, top), path, name, detail)


def draw_picture(
    strip: Image.Image, corner: tuple[int, int], path: Path, label: str, detail: str
) -> None:
    """A picture with two lines below it."""
    left, top = corner
    strip.paste(Image.open(path).resize((SIDE, SIDE), Image.Resampling.LANCZOS), corner)
    draw = ImageDraw.Draw(strip)
    draw.text((left, top + SIDE + 4), label, INK, ImageFont.load_default(13))
    draw.text((left, top + SIDE + 21), detail, FAINT, ImageFont.load_default(12))


if __name__ == "__main__":
    main()
