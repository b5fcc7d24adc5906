"""Mugs."""

from __future__ import annotations

from ..specs import Finish, Mug, Product

PRODUCTS = (
    Product(
        "mug-01",
        "Stoneware Mug, Speckled Cream",
        "Hand-thrown stoneware mug with a speckled cream glaze and a generous round handle.",
        "Terrane",
        16.90,
        "cream",
        "stoneware",
        Mug(((3.0, 0), (3.9, 0.7), (4.25, 2.5), (4.2, 6.0), (4.1, 9.2))),
        (Finish("ceramic", "#efe6d2", "speckle", "#6b4a33", 0.9),),
    ),
    Product(
        "mug-02",
        "Porcelain Mug, Cobalt Stripe",
        "Slim white porcelain mug with upright cobalt stripes and a square handle.",
        "Norrvik",
        14.50,
        "blue",
        "porcelain",
        Mug(((3.5, 0), (3.75, 0.4), (3.8, 3.0), (3.8, 7.0), (3.8, 10.2)), "square", wall=0.3),
        (
            Finish("ceramic", "#f7f7f5", "stripes", "#1d3f9c", 1.7),
            Finish("ceramic", "#1d3f9c"),
        ),
    ),
    Product(
        "mug-03",
        "Faceted Mug, Sage Green",
        "Matte sage mug with ten cut facets that sit comfortably in the hand.",
        "Terrane",
        18.00,
        "green",
        "ceramic",
        Mug(((2.9, 0), (3.5, 0.5), (4.2, 3.0), (4.5, 6.0), (4.5, 8.6)), "ring", facets=10),
        (Finish("ceramic", "#8fa583", matte=True),),
    ),
    Product(
        "mug-04",
        "Enamel Camp Mug, Poppy Red",
        "Light enamelled steel mug for the camp fire, with a dark rolled-look handle.",
        "Fjellro",
        12.90,
        "red",
        "enamel",
        Mug(((3.9, 0), (4.1, 0.3), (4.15, 2.5), (4.25, 5.0), (4.4, 7.8)), "loop", wall=0.22),
        (Finish("enamel", "#c8271e"), Finish("enamel", "#22242a")),
    ),
    Product(
        "mug-05",
        "Latte Cup, Honey Glaze",
        "Wide footed latte cup whose amber glaze melts into a chocolate foot.",
        "Casa Lume",
        19.50,
        "orange",
        "ceramic",
        Mug(((2.6, 0), (2.7, 0.9), (3.6, 1.8), (4.9, 3.8), (5.3, 5.6), (5.5, 7.2)), "low"),
        (
            Finish("ceramic", "#4a2412", "gradient", "#df8a24", split=0.42),
            Finish("ceramic", "#df8a24"),
        ),
    ),
    Product(
        "mug-06",
        "Barrel Mug, Dotted Black",
        "Rounded black mug dotted in white by hand, with a small ring handle.",
        "Norrvik",
        15.90,
        "black",
        "ceramic",
        Mug(((2.7, 0), (3.9, 0.9), (4.7, 3.4), (4.6, 5.8), (3.9, 7.8), (3.7, 8.7)), "ring"),
        (
            Finish("ceramic", "#1c1c20", "dots", "#f4f1e8", 2.4),
            Finish("ceramic", "#1c1c20"),
        ),
        in_stock=False,
    ),
)
