"""The features of a product that was asked for, out of the catalog."""

from typing import Any

import numpy as np
from sqlalchemy import Connection, Select, select

from search.arrays import Floats, unit_rows
from search.catalog.features import STORED
from search.catalog.tables import features, images
from search.errors import ProductNotFound


def product_features(
    connection: Connection, product_id: str, backbone: str, near: int | None
) -> bytes:
    """Of one image of a product, as the catalog stores them.

    That is the image most like the one with the id ``near``, by the features' cosine: the one by
    which that came to be a result. Without ``near`` it is the first. Raises ProductNotFound.
    """
    own = _features(backbone).where(images.c.product_id == product_id, images.c.width.is_not(None))
    views: list[bytes] = list(
        connection.scalars(own.order_by(images.c.position, images.c.image_id))
    )
    if not views:
        raise ProductNotFound(
            f"The product '{product_id[:200]}' was asked for, and the catalog has no picture of it "
            "any more; judge answers about products that are there."
        )
    judged = connection.scalar(_features(backbone).where(images.c.image_id == near))
    if judged is None:
        return views[0]
    cosines = _unit(views) @ _unit([judged]).T
    return views[int(cosines.argmax())]


def _features(backbone: str) -> Select[Any]:
    own = (images.c.sha256 == features.c.sha256) & (features.c.backbone == backbone)
    return select(features.c.data).select_from(images.join(features, own))


def _unit(rows: list[bytes]) -> Floats:
    data = np.frombuffer(b"".join(rows), STORED)
    return unit_rows(data.reshape(len(rows), -1).astype(np.float32))
