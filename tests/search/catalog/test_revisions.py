"""Whoever follows the catalog by its revisions misses no change, however late it commits."""

from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing
from threading import Condition, Event

import numpy as np
import pytest
from sqlalchemy import Connection, Engine, insert, select

from search.catalog.catalog import Catalog
from search.catalog.changes import read_changes
from search.catalog.database import seeing_commits, writing
from search.catalog.revisions import current_revision, next_revision
from search.catalog.tables import images, products
from tests.postgresql import PostgresServer

WRITERS, EACH = 4, 6


def add(connection: Connection, name: str, revision: int) -> None:
    """A product with one image."""
    texts = dict.fromkeys(("title", "description", "category", "brand", "currency", "url"), "")
    row = {"product_id": name, "attributes": {}, "deleted": False, "revision": revision, **texts}
    connection.execute(insert(products), [row])
    image = {"position": 0, "source": name, "status": "ok", "reason": "", "revision": revision}
    connection.execute(insert(images), [{"product_id": name, **image}])


class Follower:
    """Reads the changes since the last look, over and over, as a server does."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.seen = 0
        self.found: set[int] = set()
        self.looks = 0
        self.looked = Condition()

    def look(self) -> None:
        changes = read_changes(self.engine, "none", 4, np.asarray, version=0, seen=self.seen)
        self.seen = changes.revision
        self.found |= set(changes.hidden.tolist())
        with self.looked:
            self.looks += 1
            self.looked.notify_all()

    def wait_for_looks(self, count: int) -> None:
        with self.looked:
            target = self.looks + count
            assert self.looked.wait_for(lambda: self.looks >= target, 60)


def test_many_writers_that_commit_late_are_all_followed(catalog: Catalog) -> None:
    """Each transaction stays open, its revision taken, while the follower looks twice."""
    follower = Follower(catalog.engine)

    def write(writer: int) -> list[int]:
        taken = []
        with closing(Catalog.open(catalog.engine.url.render_as_string())) as own:
            for number in range(EACH):
                with writing(own.engine) as connection:
                    taken.append(next_revision(connection))
                    add(connection, f"{writer}-{number}", taken[-1])
                    follower.wait_for_looks(2)
        return taken

    with ThreadPoolExecutor(WRITERS) as pool:
        writers = [pool.submit(write, writer) for writer in range(WRITERS)]
        while wait(writers, timeout=0).not_done:
            follower.look()
    follower.look()
    taken = sorted(revision for writer in writers for revision in writer.result())
    assert taken == list(range(1, WRITERS * EACH + 1)), "each transaction has its own"
    with catalog.engine.connect() as connection:
        assert follower.found == set(connection.scalars(select(images.c.image_id)))


def test_without_the_lock_a_late_commit_would_be_missed(postgres: PostgresServer) -> None:
    """What the lock is for: this is how PostgreSQL alone treats two writers."""
    url = postgres.new_database().render_as_string()
    with closing(Catalog.create(url)) as catalog:
        follower = Follower(catalog.engine)
        with catalog.engine.connect() as one, catalog.engine.connect() as other:
            for connection, name in ((one, "late"), (other, "early")):
                add(seeing_commits(connection), name, next_revision(connection))
            other.commit()
            follower.look()
            one.commit()
        follower.look()
        assert len(follower.found) == 1


def test_a_writer_waits_until_the_one_before_has_committed(catalog: Catalog) -> None:
    started = Event()

    def second() -> int:
        with closing(Catalog.open(catalog.engine.url.render_as_string())) as own:
            started.set()
            with writing(own.engine) as connection:
                return next_revision(connection)

    with ThreadPoolExecutor(1) as pool:
        with writing(catalog.engine) as connection:
            found = pool.submit(second)
            assert started.wait(60)
            add(connection, "first", next_revision(connection))
            with pytest.raises(TimeoutError):
                found.result(timeout=0.2)
        assert found.result(timeout=60) == 2


def test_a_writer_that_fails_leaves_no_gap_and_no_lock(catalog: Catalog) -> None:
    with pytest.raises(ZeroDivisionError), writing(catalog.engine) as connection:
        add(connection, "never", next_revision(connection))
        raise ZeroDivisionError
    with writing(catalog.engine) as connection:
        assert next_revision(connection) == 1
        add(connection, "first", 1)
    with catalog.engine.connect() as connection:
        assert current_revision(connection) == 1
