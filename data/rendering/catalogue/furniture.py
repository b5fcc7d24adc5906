"""Chairs and tables."""

from __future__ import annotations

from ..specs import Chair, Finish, Product, Table

OAK = Finish("wood", "#c89a62", scale=3)
OAK_LEG = Finish("wood", "#c89a62", scale=3, grain="z")
WALNUT = Finish("wood", "#6d432a", scale=3)
WALNUT_LEG = Finish("wood", "#6d432a", scale=3, grain="z")
BLACK = Finish("enamel", "#222326", matte=True)
CHROME = Finish("metal", "#d3d6d9")
BRASS = Finish("metal", "#c9a04e", matte=True)

PRODUCTS = (
    Product("chair-01", "Slat-Back Chair, Oak", "Solid oak dining chair with a slatted back.",
        "Norrvik", 149.00, "brown", "wood", Chair("plank", "slats", "straight"),
        (OAK, OAK_LEG)),
    Product("chair-02", "Moulded Shell Chair, Sky",
        "One-piece sky blue shell on splayed beech legs.", "Volta Nord", 89.00, "blue",
        "plastic", Chair("shell", "shell", "splayed"),
        (Finish("plastic", "#6fa9d2", matte=True), Finish("wood", "#d9b281", scale=3, grain="z"))),
    Product("chair-03", "Windsor Chair, Black", "Round-seated spindle chair, painted black.",
        "Lindwick", 169.00, "black", "wood", Chair("round", "spindles", "splayed"),
        (Finish("enamel", "#26272a", matte=True),)),
    Product("chair-04", "Upholstered Armchair, Mustard",
        "Padded seat and wrap-around back in mustard wool on walnut legs.", "Casa Lume", 229.00,
        "yellow", "fabric", Chair("padded", "wrap", "splayed"),
        (Finish("fabric", "#d49a26", thread=0.4), WALNUT_LEG)),
    Product("chair-05", "Cantilever Chair, Cognac Leather",
        "Cognac leather seat and back on a chromed sled frame.", "Halden", 259.00, "brown",
        "leather", Chair("padded", "panel", "sled"),
        (Finish("leather", "#9a5426", scale=2), CHROME)),
    Product("chair-06", "Ladder-Back Armchair, Walnut",
        "Walnut armchair with a woven natural seat and three rungs.", "Lindwick", 199.00,
        "brown", "wood", Chair("cane", "ladder", "straight", arms=True),
        (Finish("straw", "#d9b981", thread=0.9), WALNUT_LEG), False),
    Product("table-01", "Round Side Table, Oak",
        "Round oak top on four tapered legs with a lower shelf.", "Norrvik", 119.00, "brown",
        "wood", Table("round", "splayed", 50, 50, 52, True), (OAK, OAK_LEG)),
    Product("table-02", "Bistro Table, Marble",
        "White marble disc on a black trumpet foot.", "Halden", 189.00, "white", "marble",
        Table("round", "pedestal", 60, 60, 72),
        (Finish("ceramic", "#f2f1ef", "marble", "#73767c", 6), BLACK)),
    Product("table-03", "Hairpin Coffee Table, Walnut",
        "Long walnut board on black hairpin legs.", "Fjellro", 159.00, "brown", "wood",
        Table("square", "hairpin", 95, 48, 42), (WALNUT, BLACK)),
    Product("table-04", "Bedside Table, Sage",
        "Painted bedside table with a drawer, a brass knob and a shelf.", "Lindwick", 98.50,
        "green", "wood", Table("square", "straight", 44, 38, 56, True),
        (Finish("enamel", "#93a88c", matte=True), Finish("enamel", "#93a88c", matte=True), BRASS)),
    Product("table-05", "Wire Drum Table, Brass",
        "A cage of slanted brass rods under a black tray.", "Casa Lume", 129.00, "gold", "metal",
        Table("round", "drum", 46, 46, 45), (BLACK, BRASS)),
    Product("table-06", "Trestle Table, White and Beech",
        "Oval white top on crossed beech legs.", "Volta Nord", 139.00, "white", "wood",
        Table("oval", "cross", 100, 58, 48),
        (Finish("enamel", "#f3f2ee", matte=True), Finish("wood", "#d9b281", scale=3, grain="x")),
        False),
)
