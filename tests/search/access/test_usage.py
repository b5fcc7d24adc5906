"""Requests are summed by key and day, whoever counted them."""

import shutil
from collections import Counter
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from search.access.keys import add_key
from search.access.usage import add_usage, last_used, usage_of
from search.catalog.catalog import Catalog
from search.catalog.database import sqlite_url

DAYS = [date(2026, 1, 1) + timedelta(day) for day in range(3)]
COUNTS = st.dictionaries(
    st.tuples(st.integers(1, 3), st.sampled_from(DAYS)), st.integers(1, 10**6), max_size=6
)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three keys, numbers 1 to 3."""
    path = tmp_path_factory.mktemp("usage") / "catalog.sqlite"
    with closing(Catalog.create(sqlite_url(path))) as catalog:
        assert [add_key(catalog.engine, name)[0].number for name in "abc"] == [1, 2, 3]
    return path


@given(parts=st.lists(COUNTS, max_size=5))
@settings(max_examples=25, deadline=None)
def test_what_is_added_is_summed(template: Path, parts: list[dict[tuple[int, date], int]]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(shutil.copy(template, folder))
        with closing(Catalog.open(sqlite_url(path))) as catalog:
            for part in parts:
                add_usage(catalog.engine, part)
            total = sum((Counter(part) for part in parts), Counter[tuple[int, date]]())
            for day in DAYS:
                expected = {number: n for (number, of), n in total.items() if of == day}
                assert usage_of(catalog.engine, day) == expected
            expected_days = {number: max(d for n, d in total if n == number) for number, _ in total}
            assert last_used(catalog.engine) == expected_days


def test_who_counted_nothing_stores_nothing(database: Engine) -> None:
    add_usage(database, {})
    assert usage_of(database, DAYS[0]) == {}
