"""How many requests each key made on each day: what quotas and lists count."""

from collections.abc import Mapping
from datetime import date

from sqlalchemy import Engine, func, select

from search.catalog.bulk import insert_of
from search.catalog.database import is_read_only, writing
from search.catalog.tables import api_usage


def add_usage(engine: Engine, used: Mapping[tuple[int, date], int]) -> None:
    """Add requests, by (key's number, day in UTC); nothing where nothing can be written."""
    if not used or is_read_only(engine):
        return
    rows = [
        {"number": number, "day": day, "used": count}
        for (number, day), count in sorted(used.items())  # in one order: nobody waits in a circle
    ]
    with writing(engine) as connection:
        new = insert_of(connection, api_usage)
        statement = new.on_conflict_do_update(
            index_elements=["number", "day"], set_={"used": api_usage.c.used + new.excluded.used}
        )
        connection.execute(statement, rows)


def usage_of(engine: Engine, day: date) -> dict[int, int]:
    """Key's number → how many requests it made that day."""
    query = select(api_usage.c.number, api_usage.c.used).where(api_usage.c.day == day)
    with engine.connect() as connection:
        return {row[0]: row[1] for row in connection.execute(query)}


def last_used(engine: Engine) -> dict[int, date]:
    """Key's number → the last day on which it was used."""
    query = select(api_usage.c.number, func.max(api_usage.c.day)).group_by(api_usage.c.number)
    with engine.connect() as connection:
        return {row[0]: row[1] for row in connection.execute(query)}
