"""Hats."""

from __future__ import annotations

from ..specs import Finish, Hat, Product

PRODUCTS = (
    Product(
        "hat-01",
        "Fedora, Camel",
        "Camel wool fedora with a dark ribbon.",
        "Lindwick",
        79.00,
        "brown",
        "felt",
        Hat("fedora"),
        (Finish("fabric", "#b58752", thread=0.05), Finish("fabric", "#2e2019", thread=0.1)),
    ),
    Product(
        "hat-02",
        "Straw Boater, Navy Band",
        "Flat-topped straw boater with a navy ribbon.",
        "Lindwick",
        45.00,
        "beige",
        "straw",
        Hat("boater"),
        (Finish("straw", "#e5c98f", thread=0.35), Finish("fabric", "#1f2d55", thread=0.1)),
    ),
    Product(
        "hat-03",
        "Bucket Hat, Red Check",
        "Cotton bucket hat in a bold red check.",
        "Volta Nord",
        34.90,
        "red",
        "cotton",
        Hat("bucket"),
        (Finish("fabric", "#b3262b", "checks", "#f3ece2", 4.0), Finish("fabric", "#a01f26")),
    ),
    Product(
        "hat-04",
        "Baseball Cap, Navy and White",
        "Six-panel navy cap with a white peak and eyelets.",
        "Volta Nord",
        29.90,
        "blue",
        "cotton",
        Hat("cap"),
        (Finish("fabric", "#22335f"), Finish("fabric", "#efece4")),
    ),
    Product(
        "hat-05",
        "Bobble Beanie, Forest",
        "Rib-knit green beanie with a cream turn-up and pompom.",
        "Fjellro",
        32.50,
        "green",
        "wool",
        Hat("beanie"),
        (
            Finish("fabric", "#2f6048", thread=0.25),
            Finish("fabric", "#e9dfca", thread=0.25),
            Finish("fabric", "#e9dfca", thread=0.25),
        ),
    ),
    Product(
        "hat-06",
        "Wide Sun Hat, Natural and Black",
        "Floppy wide-brimmed sun hat with a black band.",
        "Casa Lume",
        49.00,
        "beige",
        "straw",
        Hat("sunhat"),
        (Finish("straw", "#dcc192", thread=0.45), Finish("fabric", "#1d1c1c")),
        False,
    ),
)
