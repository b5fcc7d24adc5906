"""Where the vectors of an index are, if they are in Milvus, and the client that reaches them."""

import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, Self

from search.errors import BadVectorsUrl, IndexDamaged, VectorsUnavailable

PATIENCE = 5.0
"""Seconds that a search waits for Milvus at most."""

_NOT_FOUND = 100
"""Milvus's code for a collection that is not there."""

_SERVER = re.compile(
    r"milvus(\+tls)?://((?:[\w.-]+|\[[0-9a-fA-F:]+\])(?::\d{1,5})?)/([A-Za-z_]\w*)"
)
_FILE = re.compile(r"milvus://(/.+\.db)/([A-Za-z_]\w*)")
_LONGEST_NAME = 200
_PORT = 19530


@dataclass(frozen=True, slots=True)
class MilvusAddress:
    """``url`` is as people write it, ``uri`` as pymilvus does; neither holds anything secret.

    ``collection`` is the alias by which other programs find the live version.
    """

    url: str
    uri: str
    collection: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """``milvus://host:port/collection``, ``milvus+tls://…``, ``milvus:///folder/file.db/name``.

        Raises BadVectorsUrl, which never repeats the URL: it may hold a password.
        """
        if (found := _SERVER.fullmatch(text)) and len(found[3]) <= _LONGEST_NAME:
            place = found[2] if re.search(r":\d+$", found[2]) else f"{found[2]}:{_PORT}"
            return cls(text, f"http{'s' if found[1] else ''}://{place}", found[3])
        if (found := _FILE.fullmatch(text)) and len(found[2]) <= _LONGEST_NAME:
            return cls(text, found[1], found[2])
        raise BadVectorsUrl(
            "The URL of the vectors cannot be used: it must be like milvus://host:19530/collection "
            "or milvus:///folder/vectors.db/collection; a token comes by MILVUS_TOKEN."
        )

    @contextmanager
    def client(self) -> Iterator[Any]:
        """A ``MilvusClient`` that all of this process share.

        What it cannot do within is raised as VectorsUnavailable, as IndexDamaged if it is gone.
        """
        exceptions = _pymilvus().exceptions
        import grpc

        try:
            yield _client(self.uri, os.environ.get("MILVUS_TOKEN", ""))
        except exceptions.MilvusException as error:
            if error.code == _NOT_FOUND:
                raise IndexDamaged(
                    f"A collection of the index is gone from {self.url}; run 'indexer build' to "
                    "make a new version."
                ) from error
            raise self._away(error) from error
        except grpc.RpcError as error:
            raise self._away(error) from error

    def _away(self, error: Exception) -> VectorsUnavailable:
        reason = " ".join(str(getattr(error, "message", error)).split())[:200]
        return VectorsUnavailable(
            f"The vectors at {self.url} cannot be reached now ({reason}); start Milvus, or name "
            "the right one with --vectors."
        )


@cache
def _client(uri: str, token: str) -> Any:
    return _pymilvus().MilvusClient(uri=uri, token=token, timeout=PATIENCE)


@cache
def _pymilvus() -> Any:
    """Raises BadVectorsUrl where it is not installed."""
    try:
        import pymilvus
    except ModuleNotFoundError as error:
        raise BadVectorsUrl(
            "The URL of the vectors needs Milvus's client, which is not installed; "
            "run: pip install 'lookalike[milvus]'."
        ) from error
    # It writes a stack for every failed call; what fails is raised, and said once.
    logging.getLogger("pymilvus").setLevel(logging.CRITICAL)
    return pymilvus
