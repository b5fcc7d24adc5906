"""Reading a long list without holding it: pages in order of a key."""

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Engine, Select


def pages(
    engine: Engine, query: Select[Any], key: ColumnElement[int], size: int
) -> Iterator[Sequence[Any]]:
    """The rows of ``query``, ``size`` at a time, by a ``key`` column above 0 that it selects.

    Each page is a transaction of its own, so that writers never wait for a reader.
    """
    last = 0
    ordered = query.order_by(key).limit(size)
    while True:
        with engine.connect() as connection:
            found = connection.execute(ordered.where(key > last)).all()
        if not found:
            return
        yield found
        last = found[-1]._mapping[key]
