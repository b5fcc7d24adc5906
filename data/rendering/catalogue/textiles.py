"""Cushions."""

from __future__ import annotations

from ..specs import Cushion, Finish, Product

PRODUCTS = (
    Product(
        "cushion-01",
        "Linen Cushion, Mustard",
        "Square washed-linen cushion with tonal piping.",
        "Lindwick",
        29.90,
        "yellow",
        "linen",
        Cushion("square", "piping", 45, 45, 18),
        (Finish("fabric", "#d6a02c", thread=0.3), Finish("fabric", "#b98518", thread=0.3)),
    ),
    Product(
        "cushion-02",
        "Gingham Cushion, Blue",
        "Crisp blue and white checks on soft cotton.",
        "Lindwick",
        24.90,
        "blue",
        "cotton",
        Cushion("square", "none", 42, 42, 19),
        (Finish("fabric", "#f4f3ee", "checks", "#2f5fa8", 5.2, thread=0.2),),
    ),
    Product(
        "cushion-03",
        "Oblong Cushion, Terracotta Zigzag",
        "Long woven cushion with zigzags and a fringe at both ends.",
        "Casa Lume",
        34.50,
        "orange",
        "wool",
        Cushion("oblong", "fringe", 58, 34, 17),
        (
            Finish("fabric", "#c5603a", "zigzag", "#f0dfc4", 5.0, thread=0.35),
            Finish("fabric", "#f0dfc4"),
        ),
    ),
    Product(
        "cushion-04",
        "Round Velvet Cushion, Emerald",
        "Button-tufted round cushion in deep green velvet.",
        "Lindwick",
        39.00,
        "green",
        "velvet",
        Cushion("round", "buttons", 42, 42, 17),
        (Finish("fabric", "#14593f", thread=0.08), Finish("fabric", "#0f4632", thread=0.08)),
    ),
    Product(
        "cushion-05",
        "Bolster, Charcoal Stripe",
        "Firm roll in charcoal ticking with corded ends.",
        "Norrvik",
        32.00,
        "grey",
        "cotton",
        Cushion("bolster", "none", 52, 19),
        (
            Finish("fabric", "#46494f", "stripes", "#e4e0d6", 4.96, thread=0.2),
            Finish("fabric", "#2b2d31"),
        ),
    ),
    Product(
        "cushion-06",
        "Tasselled Cushion, Dusty Rose",
        "Dusty rose cushion with dots and four long tassels.",
        "Lindwick",
        31.50,
        "pink",
        "cotton",
        Cushion("square", "tassels", 45, 45, 18),
        (
            Finish("fabric", "#cf8f90", "dots", "#f5e6df", 6.0, thread=0.25),
            Finish("fabric", "#f0e0d2"),
        ),
        False,
    ),
)
