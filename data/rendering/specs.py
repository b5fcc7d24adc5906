"""Records that describe a product: its finishes, its shape and its shop data (lengths in cm)."""

from __future__ import annotations

from dataclasses import dataclass

Outline = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Finish:
    """A surface: `substance` names a recipe, `pattern` blends `second` into `colour`."""

    substance: str
    colour: str
    pattern: str = "plain"
    second: str = "#ffffff"
    scale: float = 1.0
    split: float = 0.5
    thread: float = 0.12
    grain: str = "x"
    matte: bool = False


@dataclass(frozen=True)
class Mug:
    """`outline` runs from foot to rim; `handle` is ear, ring, square, loop or low."""

    outline: Outline
    handle: str = "ear"
    facets: int = 0
    wall: float = 0.4


@dataclass(frozen=True)
class Teapot:
    """`handle` is side or bail; `spout` is swan or straight; `knob` is ball, disc or loop."""

    outline: Outline
    handle: str
    spout: str
    knob: str
    flutes: int = 0


@dataclass(frozen=True)
class Vase:
    """`flutes` ribs of some `depth` turn by `twist` radians per cm; `handles` adds two ears."""

    outline: Outline
    flutes: int = 0
    depth: float = 0.0
    twist: float = 0.0
    handles: bool = False


@dataclass(frozen=True)
class Bottle:
    """`cap` is screw, loop, cork, sport, straw or swing."""

    outline: Outline
    cap: str
    hollow: bool = False


@dataclass(frozen=True)
class Lamp:
    """`base` is turned, tripod, arc, desk, block or globe.

    `shade` is top radius, bottom radius and height; only a turned base has an outline.
    """

    base: str
    height: float
    shade: tuple[float, float, float]
    outline: Outline = ()


@dataclass(frozen=True)
class Chair:
    """`seat` is round, plank, padded, cane or shell; backs and legs are named in kinds/chair.py."""

    seat: str
    back: str
    legs: str
    arms: bool = False


@dataclass(frozen=True)
class Table:
    """`top` is round, square or oval; legs are named in kinds/table.py."""

    top: str
    legs: str
    width: float
    depth: float
    height: float
    shelf: bool = False


@dataclass(frozen=True)
class Cushion:
    """`form` is square, oblong, round or bolster.

    `trim` is piping, tassels, buttons, fringe or none.
    """

    form: str
    trim: str
    width: float
    height: float
    depth: float = 14.0


@dataclass(frozen=True)
class Watch:
    """`case` is round, square, cushion or octagon; `strap` is band, links or mesh."""

    case: str
    strap: str
    marks: str
    size: float = 4.0
    subdials: int = 0
    bezel: bool = False


@dataclass(frozen=True)
class Headphones:
    """`cup` is round, oval or square; `band` is solid, twin or slim."""

    cup: str
    band: str
    size: float
    cushion: float = 2.0


@dataclass(frozen=True)
class Bag:
    """`form` is tote, satchel, bucket, duffel, backpack or basket."""

    form: str


@dataclass(frozen=True)
class Hat:
    """`form` is fedora, boater, bucket, cap, beanie or sunhat."""

    form: str


Shape = (
    Mug | Teapot | Vase | Bottle | Lamp | Chair | Table | Cushion | Watch | Headphones | Bag | Hat
)


@dataclass(frozen=True)
class Product:
    """One line of the shop's catalogue with everything needed to model and photograph it."""

    product_id: str
    title: str
    description: str
    brand: str
    price: float
    colour: str
    material: str
    shape: Shape
    finishes: tuple[Finish, ...]
    in_stock: bool = True

    @property
    def kind(self) -> str:
        """The part of the id before the number."""
        return self.product_id.rsplit("-", 1)[0]
