"""Answers in a notebook: a strip of pictures with their scores, or a figure of matplotlib."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, NamedTuple

from PIL import Image

from search.errors import LookalikeError
from search.images import Picture, load
from search.images.thumbnails import data_uri
from search.sources import is_url
from search.uploads import ImagePlaces

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from search.answers import Query, Result

_SIDE = 240
"""Pixels of a picture in a figure; a strip has smaller ones."""

_COLUMNS = 6
_INCHES = 2.0
"""Of each picture of a figure."""


@dataclass(frozen=True, slots=True)
class Pictures:
    """Where an answer's pictures are: the catalog's files, and what was asked lately."""

    places: ImagePlaces
    asked: Callable[[str, int], Picture]

    def of(self, source: str) -> Image.Image | None:
        """A picture of the catalog in RGB, None where it cannot be read here (any more)."""
        try:
            return load(self.places.path(source), at_least=_SIDE).pixels
        except LookalikeError:
            return None

    def query(self, image_id: str) -> Image.Image | None:
        """The picture that was asked for, None once it is forgotten."""
        try:
            return self.asked(image_id, _SIDE).pixels
        except LookalikeError:
            return None


class _Tile(NamedTuple):
    """``address`` is set where a browser may get the picture, which is not read then."""

    lines: list[str]
    picture: Image.Image | None
    address: str | None = None


class InNotebook:
    """What an answer can show of itself."""

    __slots__ = ("_pictures",)

    _pictures: Pictures
    query: "Query"
    results: "list[Result]"

    def show_with(self, pictures: Pictures) -> None:
        """Remember where the pictures are; an answer that was copied or stored does not know."""
        object.__setattr__(self, "_pictures", pictures)

    def _repr_html_(self) -> str:
        """The query and its results side by side, best first; the pictures are part of it.

        Those behind http(s) URLs are left to the browser.
        """
        tiles = "".join(map(_figure, self._tiles()))
        style = "display:flex;gap:12px;overflow-x:auto;padding:4px;font:13px/1.35 sans-serif"
        return f'<div style="{style}">{tiles}</div>'

    def plot(self) -> "Figure":
        """The same as a figure: the query first, six pictures in a row.

        No picture is fetched: where one is behind a URL, its place is empty.
        """
        import matplotlib.pyplot  # noqa: F401 - without it notebooks show no figure
        from matplotlib.figure import Figure

        tiles = list(self._tiles())
        columns = min(_COLUMNS, len(tiles))
        rows = -(-len(tiles) // columns)
        figure = Figure(figsize=(_INCHES * columns, 1.35 * _INCHES * rows), layout="constrained")
        for place, axes in enumerate(figure.subplots(rows, columns, squeeze=False).flat):
            axes.set_axis_off()
            if place < len(tiles):
                tile = tiles[place]
                text = "\n".join(line if len(line) < 24 else f"{line[:23]}…" for line in tile.lines)
                axes.set_title(text, fontsize=8, parse_math=False)
                axes.imshow(tile.picture or Image.new("RGB", (1, 1), "#e8e8e8"))
        return figure

    def _tiles(self) -> Iterator[_Tile]:
        pictures: Pictures | None = getattr(self, "_pictures", None)
        asked = self.query.image_id
        if asked is not None:
            yield _Tile(["asked"], pictures.query(asked) if pictures else None)
        for result in self.results:
            address = result.image if is_url(result.image) else None
            picture = pictures.of(result.image) if pictures and address is None else None
            yield _Tile(_lines(result), picture, address)


def _lines(result: "Result") -> list[str]:
    product = result.product
    price = "" if product.price is None else f"{product.price:.2f} {product.currency or ''}".strip()
    match = "" if result.match in (None, "none") else f", {result.match}"
    return [product.title or product.product_id, f"{result.score:.3f}{match}", price]


def _figure(tile: _Tile) -> str:
    first, *others = (escape(line) for line in tile.lines if line)
    text = "<br>".join([f"<b>{first}</b>", *others])
    return (
        f'<figure style="margin:0;flex:0 0 132px;width:132px">{_image(tile)}'
        f'<figcaption style="margin-top:4px;overflow-wrap:anywhere">{text}</figcaption></figure>'
    )


def _image(tile: _Tile) -> str:
    style = "width:132px;height:132px;object-fit:contain;border-radius:6px;background:#8882"
    source = data_uri(tile.picture) if tile.picture else tile.address
    if source is None:
        return f'<div style="{style}"></div>'
    return f'<img alt="" style="{style}" referrerpolicy="no-referrer" src="{escape(source)}">'
