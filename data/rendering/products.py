"""All products of the sample and the table of their categories."""

from __future__ import annotations

from .catalogue import audio, drinkware, fashion, furniture, headwear, home, kitchen, textiles
from .specs import Product

PRODUCTS: tuple[Product, ...] = tuple(
    product
    for department in (drinkware, kitchen, home, textiles, furniture, fashion, headwear, audio)
    for product in department.PRODUCTS
)

CATEGORIES = {
    "mug": "Home > Kitchen > Mugs",
    "teapot": "Home > Kitchen > Teapots",
    "bottle": "Home > Kitchen > Bottles",
    "vase": "Home > Decoration > Vases",
    "lamp": "Home > Decoration > Lamps",
    "cushion": "Home > Decoration > Cushions",
    "chair": "Home > Furniture > Chairs",
    "table": "Home > Furniture > Tables",
    "watch": "Fashion > Accessories > Watches",
    "bag": "Fashion > Accessories > Bags",
    "hat": "Fashion > Accessories > Hats",
    "headphones": "Electronics > Audio > Headphones",
}


def category(product: Product) -> str:
    """Return the three-level category path of a product."""
    return CATEGORIES[product.kind]
