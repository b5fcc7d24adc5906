"""The API keys that are good now, read again every other second."""

import logging
from collections.abc import Callable
from threading import Event, Lock, Thread

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from api.access.usage import Usage
from api.settings import Settings
from search.access.keys import ApiKey, good_keys, id_of
from search.catalog.catalog import Catalog
from search.catalog.places import open_catalog
from search.catalog.same_file import CatalogReplaced
from search.errors import LookalikeError
from search.versions import IndexFolder

log = logging.getLogger(__name__)

EVERY = 2.0
"""Seconds between two readings: how long a revoked key may still be good."""

_PATIENCE = 10.0
"""Seconds that a start waits for the first reading, and an end for the last count to be stored."""

_TROUBLE = "The API keys cannot be read, or their use not stored"


class KnownKeys:
    """Finds the key of a request without asking the database.

    While the database cannot be reached, the keys that were good last stay good.
    """

    def __init__(self, settings: Settings, usage: Usage) -> None:
        self._settings = settings
        self._catalog: Catalog | None = None
        self._opening = Lock()
        self._keys: dict[str, ApiKey] | None = None
        self._closed, self._was_read = Event(), Event()
        self._usage = usage
        # Two threads: counts wait for whoever writes, and a revocation must not wait with them.
        self._threads = [
            Thread(target=self._repeat, args=(work,), name=name, daemon=True)
            for name, work in (("keys", self._read), ("usage", usage.store))
        ]

    def start(self) -> None:
        """Begin; returns when the keys are known, or cannot be read now."""
        for thread in self._threads:
            thread.start()
        self._was_read.wait(_PATIENCE)

    def close(self) -> None:
        """Store what was counted."""
        self._closed.set()
        for thread in self._threads:
            thread.join(_PATIENCE)
        if self._catalog is not None:
            self._catalog.close()

    @property
    def are_known(self) -> bool:
        """Whether they could be read, now or earlier."""
        return self._keys is not None

    def find(self, secret: str) -> ApiKey | None:
        """The key that this is, if it is a good one."""
        key = (self._keys or {}).get(id_of(secret))
        return key if key is not None and key.is_of(secret) else None

    def _repeat(self, work: Callable[[Engine], None]) -> None:
        failure = ""
        is_last = False
        while not is_last:
            is_last = self._closed.is_set()
            try:
                work(self._engine())
                failure = ""
            except CatalogReplaced:
                self._forget()
            except (LookalikeError, SQLAlchemyError, OSError) as error:
                if failure != str(error):  # once, not every other second
                    failure = str(error)
                    log.error("%s: %s", _TROUBLE, error)
            except Exception as error:  # no defect may keep a revocation from being seen
                if failure != str(error):
                    failure = str(error)
                    log.exception(_TROUBLE)
            if failure or self._keys is not None:
                self._was_read.set()
            self._closed.wait(EVERY)

    def _engine(self) -> Engine:
        with self._opening:
            if self._catalog is None:
                folder = IndexFolder(self._settings.index)
                folder.require_live()
                self._catalog = open_catalog(folder, self._settings.backends.catalog)
            return self._catalog.engine

    def _forget(self) -> None:
        """Another catalog is there now, with keys of its own."""
        with self._opening:
            catalog, self._catalog = self._catalog, None
        if catalog is not None:
            catalog.close()

    def _read(self, engine: Engine) -> None:
        found = {key.key_id: key for key in good_keys(engine)}
        if not found and self._keys != found:
            log.warning(
                "There is no API key, so every request is refused: add one with 'indexer keys "
                "add', or set LOOKALIKE_AUTH=false to let everybody in"
            )
        if self._keys is None:  # nobody is let in before it is known how much is used up
            self._usage.learn(engine)
        self._keys = found
