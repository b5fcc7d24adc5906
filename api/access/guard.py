"""Puts what guards an app around it."""

import logging
from typing import Any

from fastapi import FastAPI

from api.access.bounds import Bounds
from api.access.browsers import SecurityHeaders, allow_origins
from api.access.counters import Counters
from api.access.declared import declare
from api.access.gate import Gate
from api.access.hosts import Hosts
from api.access.known import KnownKeys
from api.access.limits import Limits
from api.access.usage import Usage
from api.settings import Settings


class Guard:
    """What guards one app: each layer that is added is around those before it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._counters = Counters(settings.shared if settings.auth else None)
        usage = Usage(self._counters)
        self._keys = KnownKeys(settings, usage)
        self._limits = Limits(self._counters, usage)

    def inside(self, app: FastAPI) -> None:
        """What may refuse a request: it has its id already, and is logged."""
        if self._settings.auth:
            app.add_middleware(Gate, keys=self._keys, limits=self._limits)
        app.add_middleware(Bounds)
        if self._settings.hosts:
            app.add_middleware(Hosts, names=self._settings.hosts)
        declare(app, with_keys=self._settings.auth)

    def outside(self, app: FastAPI) -> None:
        """What is said with every answer, whatever went wrong."""
        origins = self._settings.cors_origins
        if origins:
            allow_origins(app, origins)
        app.add_middleware(
            SecurityHeaders, hsts=self._settings.hsts, is_read_elsewhere=bool(origins)
        )
        logging.getLogger("uvicorn.access").addFilter(_without_query)

    def start(self) -> None:
        """Learn the keys; waits for them for a few seconds."""
        if self._settings.auth:
            self._keys.start()

    def close(self) -> None:
        """Store what was counted."""
        if self._settings.auth:
            self._keys.close()
        self._counters.close()


def _without_query(record: logging.LogRecord) -> bool:
    """uvicorn's own line for a request has its query, which may hold what is secret."""
    if isinstance(record.args, tuple) and len(record.args) == 5:
        client, method, path, *rest = record.args
        shown: tuple[Any, ...] = (client, method, str(path).partition("?")[0], *rest)
        record.args = shown
    return True
