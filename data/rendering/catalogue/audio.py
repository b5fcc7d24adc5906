"""Headphones."""

from __future__ import annotations

from ..specs import Finish, Headphones, Product

SOFT_BLACK = Finish("leather", "#1f1f21", matte=True)
STEEL = Finish("metal", "#cdd0d4")
DARK = Finish("metal", "#3a3b3e", matte=True)
GOLD = Finish("metal", "#d2a45c")

PRODUCTS = (
    Product(
        "headphones-01",
        "Studio Over-Ear, Black",
        "Closed studio headphones with deep oval cushions.",
        "Volta Nord",
        179.00,
        "black",
        "plastic",
        Headphones("oval", "solid", 4.5, 2.2),
        (Finish("plastic", "#232427", matte=True), SOFT_BLACK, DARK, SOFT_BLACK),
    ),
    Product(
        "headphones-02",
        "Walnut Hi-Fi Headphones",
        "Turned walnut cups on a twin-wire steel band.",
        "Halden",
        329.00,
        "brown",
        "wood",
        Headphones("round", "twin", 4.6, 2.2),
        (
            Finish("wood", "#7b4727"),
            Finish("leather", "#4a2a18"),
            STEEL,
            Finish("leather", "#4a2a18"),
        ),
    ),
    Product(
        "headphones-03",
        "On-Ear Headphones, Coral",
        "Light on-ear headphones in coral with a slim band.",
        "Volta Nord",
        69.90,
        "coral",
        "plastic",
        Headphones("round", "slim", 3.5, 1.5),
        (Finish("plastic", "#ef6a57"), Finish("leather", "#f3e9e2"), Finish("plastic", "#f6efe9")),
    ),
    Product(
        "headphones-04",
        "Wireless Headphones, Cloud White",
        "White over-ear headphones with rose gold accents.",
        "Norrvik",
        219.00,
        "white",
        "plastic",
        Headphones("oval", "solid", 4.3, 2.0),
        (
            Finish("plastic", "#f3f2f0", matte=True),
            Finish("leather", "#d9d4cd", matte=True),
            Finish("metal", "#dfa48c"),
            Finish("leather", "#d9d4cd", matte=True),
        ),
    ),
    Product(
        "headphones-05",
        "Square Cup Headphones, Steel Blue",
        "Squared steel-blue cups with tan leather cushions.",
        "Halden",
        249.00,
        "blue",
        "metal",
        Headphones("square", "twin", 4.2, 2.1),
        (
            Finish("enamel", "#3f648c", matte=True),
            Finish("leather", "#b8783f"),
            GOLD,
            Finish("leather", "#b8783f"),
        ),
    ),
    Product(
        "headphones-06",
        "Kids' Headphones, Lime",
        "Small, sturdy headphones in lime green with grey pads.",
        "Volta Nord",
        39.90,
        "green",
        "plastic",
        Headphones("square", "solid", 3.6, 1.7),
        (
            Finish("plastic", "#8fc93a"),
            Finish("leather", "#6c7076", matte=True),
            Finish("plastic", "#f1f4ea"),
            Finish("leather", "#6c7076", matte=True),
        ),
        False,
    ),
)
