"""Watches, bags and hats."""

from __future__ import annotations

from ..specs import Bag, Finish, Hat, Product, Watch

STEEL = Finish("metal", "#d0d3d6")
GOLD = Finish("metal", "#d8ae5a")
BLACK_METAL = Finish("metal", "#2a2b2e", matte=True)
WHITE = Finish("enamel", "#f6f5f1")
INK = Finish("enamel", "#17181b")
TAN = Finish("leather", "#a8642f")
BRASS = Finish("metal", "#c9a04e", matte=True)

PRODUCTS = (
    Product("watch-01", "Field Watch, Tan Leather",
        "Steel field watch with a white dial on a tan leather strap.", "Halden", 149.00, "brown",
        "leather", Watch("round", "band", "bars"), (TAN, STEEL, WHITE, INK)),
    Product("watch-02", "Diver, Steel and Blue",
        "Blue-dialled diver with dot markers on a three-row bracelet.", "Fjellro", 289.00,
        "silver", "steel", Watch("round", "links", "dots", 4.3, bezel=True),
        (STEEL, STEEL, Finish("enamel", "#143a80"), Finish("enamel", "#f2f2ee"))),
    Product("watch-03", "Square Dress Watch, Black and Gold",
        "Gold square case, ivory dial and a fine black strap.", "Halden", 199.00, "black",
        "leather", Watch("square", "band", "quarters", 3.7),
        (Finish("leather", "#1c1b1c"), GOLD, Finish("enamel", "#f3ead4"), GOLD)),
    Product("watch-04", "Chronograph, Racing Green",
        "Three-register chronograph with a green dial and a rubber strap.", "Volta Nord", 239.00,
        "green", "rubber", Watch("cushion", "band", "bars", 4.4, 3, True),
        (Finish("plastic", "#1d4a35", matte=True), STEEL, Finish("enamel", "#17402d"), WHITE)),
    Product("watch-05", "Mesh Watch, Rose Gold",
        "Slim rose gold watch on a woven mesh strap.", "Casa Lume", 129.00, "pink", "metal",
        Watch("round", "mesh", "quarters", 3.9),
        (Finish("metal", "#e0a58d", "checks", "#b97d66", 0.22), Finish("metal", "#e2a98f"),
            Finish("enamel", "#f8eeea"), Finish("metal", "#b97459"))),
    Product("watch-06", "Octagon Watch, Black Steel",
        "Angular black watch with a red-marked dial and bracelet.", "Volta Nord", 219.00, "black",
        "steel", Watch("octagon", "links", "bars", 4.2, 1),
        (BLACK_METAL, BLACK_METAL, Finish("enamel", "#1b1c1f"), Finish("enamel", "#e2443a")),
        False),
    Product("bag-01", "Canvas Tote, Natural",
        "Roomy natural canvas tote with tan leather handles.", "Lindwick", 59.00, "beige",
        "canvas", Bag("tote"), (Finish("fabric", "#e2d5ba", thread=0.3), TAN, BRASS)),
    Product("bag-02", "Leather Satchel, Chestnut",
        "Two-buckle satchel in chestnut leather with a front pocket.", "Halden", 189.00, "brown",
        "leather", Bag("satchel"),
        (Finish("leather", "#7c3f1f", scale=1.5), Finish("leather", "#5f2e16"), BRASS)),
    Product("bag-03", "Bucket Bag, Burgundy",
        "Soft burgundy bucket bag drawn together by a cord.", "Casa Lume", 129.00, "red",
        "leather", Bag("bucket"),
        (Finish("leather", "#7d1f2e", scale=1.5), Finish("leather", "#4c121d"), BRASS)),
    Product("bag-04", "Weekender, Navy Stripe",
        "Navy duffel with canvas bands and leather grips.", "Fjellro", 149.00, "blue", "canvas",
        Bag("duffel"), (Finish("fabric", "#25375f", thread=0.3), TAN, STEEL)),
    Product("bag-05", "Day Pack, Moss",
        "Light moss-green backpack with a zipped front pocket.", "Fjellro", 89.00, "green",
        "nylon", Bag("backpack"),
        (Finish("fabric", "#5d6b3a", thread=0.2), Finish("leather", "#3a2a1c"), INK)),
    Product("bag-06", "Market Basket, Straw",
        "Woven straw basket with long leather handles.", "Casa Lume", 54.50, "beige", "straw",
        Bag("basket"), (Finish("straw", "#d6b274", thread=0.75), TAN, BRASS), False),
    Product("hat-01", "Fedora, Camel", "Camel wool fedora with a dark ribbon.", "Lindwick", 79.00,
        "brown", "felt", Hat("fedora"),
        (Finish("fabric", "#b58752", thread=0.05), Finish("fabric", "#2e2019", thread=0.1))),
    Product("hat-02", "Straw Boater, Navy Band", "Flat-topped straw boater with a navy ribbon.",
        "Lindwick", 45.00, "beige", "straw", Hat("boater"),
        (Finish("straw", "#e5c98f", thread=0.35), Finish("fabric", "#1f2d55", thread=0.1))),
    Product("hat-03", "Bucket Hat, Red Check", "Cotton bucket hat in a bold red check.",
        "Volta Nord", 34.90, "red", "cotton", Hat("bucket"),
        (Finish("fabric", "#b3262b", "checks", "#f3ece2", 4.0), Finish("fabric", "#a01f26"))),
    Product("hat-04", "Baseball Cap, Navy and White",
        "Six-panel navy cap with a white peak and eyelets.", "Volta Nord", 29.90, "blue",
        "cotton", Hat("cap"), (Finish("fabric", "#22335f"), Finish("fabric", "#efece4"))),
    Product("hat-05", "Bobble Beanie, Forest",
        "Rib-knit green beanie with a cream turn-up and pompom.", "Fjellro", 32.50, "green",
        "wool", Hat("beanie"),
        (Finish("fabric", "#2f6048", thread=0.25), Finish("fabric", "#e9dfca", thread=0.25),
            Finish("fabric", "#e9dfca", thread=0.25))),
    Product("hat-06", "Wide Sun Hat, Natural and Black",
        "Floppy wide-brimmed sun hat with a black band.", "Casa Lume", 49.00, "beige", "straw",
        Hat("sunhat"),
        (Finish("straw", "#dcc192", thread=0.45), Finish("fabric", "#1d1c1c")), False),
)
