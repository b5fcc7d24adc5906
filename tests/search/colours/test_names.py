"""Colours are called what people call them."""

import re
from pathlib import Path

import numpy as np
import pytest

from search.colours.names import EXAMPLES, NAMES, name_places
from search.colours.oklab import oklab
from search.colours.tones import amounts, codes, count, palette, smoothed, tones_of

CALLED = {
    "black": ["#0a0a0a", "#1c1c20", "#2b2b2b"],
    "grey": ["#555555", "#7d7f82", "#a9a9a9"],
    "white": ["#f5f5f5", "#fffafa", "#dcdcdc"],
    "beige": ["#f5deb3", "#d2b48c", "#e8d8c0"],
    "brown": ["#8b4513", "#5c3317", "#a0522d"],
    "red": ["#ff0000", "#b22222", "#8b0000", "#dc143c"],
    "orange": ["#ffa500", "#ff7f00", "#e8701a"],
    "yellow": ["#ffff00", "#ffd700", "#f0e68c"],
    "green": ["#00ff00", "#006400", "#6b8e23", "#90ee90", "#84967c"],
    "turquoise": ["#40e0d0", "#008080", "#20b2aa"],
    "blue": ["#0000ff", "#000080", "#87ceeb", "#4682b4"],
    "purple": ["#800080", "#9932cc", "#9370db"],
    "pink": ["#ffc0cb", "#ff69b4", "#ff1493"],
}


def rgb(code: str) -> list[int]:
    return list(bytes.fromhex(code[1:]))


def called(code: str) -> str:
    return NAMES[name_places(np.array(rgb(code), np.uint8))]


@pytest.mark.parametrize("name", NAMES)
def test_well_known_colours_have_their_names(name: str) -> None:
    known = [EXAMPLES[name], *CALLED[name]]
    assert {code: called(code) for code in known} == dict.fromkeys(known, name)


def test_the_document_has_the_whole_set_with_its_examples() -> None:
    document = Path(__file__).parents[3] / "docs" / "colours.md"
    rows = re.findall(r"^\| `(\w+)` \| `(#\w{6})` \|", document.read_text(), re.MULTILINE)
    assert dict(rows) == EXAMPLES


def test_every_colour_has_a_name_and_every_name_has_colours() -> None:
    assert set(name_places(palette()).tolist()) == set(range(len(NAMES)))


def test_every_shade_of_grey_is_black_grey_or_white_in_that_order() -> None:
    greys = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
    places = name_places(greys).tolist()
    assert places == sorted(places)
    assert [NAMES[place] for place in dict.fromkeys(places)] == ["black", "grey", "white"]


def test_the_table_of_tones_tells_its_colours_apart() -> None:
    assert (codes(palette()) == np.arange(len(palette()))).all()
    assert set(tones_of(palette()).tolist()) == set(range(count()))


def test_what_is_smoothed_spreads_to_neighbours_alone() -> None:
    red = np.array([[[255, 0, 0]]], np.uint8)
    spread = smoothed(amounts(tones_of(red)))[0]
    place = int(tones_of(red)[0, 0])
    assert spread.argmax() == place
    assert spread[place] == 1
    assert 3 < np.count_nonzero(spread) <= 27


def test_oklab_is_as_its_author_gives_it() -> None:
    known = {  # Ottosson (2020), for sRGB's white, red and blue
        "#ffffff": (1.0, 0.0, 0.0),
        "#ff0000": (0.6280, 0.2249, 0.1258),
        "#0000ff": (0.4520, -0.0324, -0.3115),
    }
    for code, expected in known.items():
        assert oklab(np.array(rgb(code), np.uint8)) == pytest.approx(expected, abs=2e-4)
