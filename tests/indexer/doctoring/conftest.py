"""Pictures of the catalog without a catalog."""

from collections.abc import Callable

import pytest

from indexer.doctoring.records import Shown


@pytest.fixture(scope="session")
def shown() -> Callable[..., Shown]:
    """``shown(3, category="Mugs")``: image 3 of product p3."""

    def make(number: int, **more: object) -> Shown:
        known: dict[str, object] = {
            "image_id": number,
            "product_id": f"p{number}",
            "source": f"{number}.jpg",
            "place": f"/nowhere/{number}.jpg",
            "sha256": f"{number:064}",
            "size": (300, 300),
            "title": "",
            "category": "",
        }
        return Shown(**known | more)  # type: ignore[arg-type]

    return make
