"""Whether a server asks for API keys."""

import socket
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from indexer.keys import has_keys
from search.errors import KeysMissing


@dataclass(frozen=True, slots=True)
class Keys:
    """Whether keys are needed, and what is said about it, empty where nobody need care.

    Only requests for one of ``hosts`` are answered, if there are any.
    """

    are_needed: bool
    line: str = ""
    hosts: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, index: Path, database: str | None, listener: socket.socket, auth: bool | None
    ) -> "Keys":
        """As ``auth`` says; by default they are needed where other machines reach ``listener``.

        Raises KeysMissing, and closes ``listener``, when they are needed and there is none.
        """
        host = listener.getsockname()[0]
        is_local = ip_address(host.partition("%")[0]).is_loopback
        if not (not is_local if auth is None else auth):
            open_to_all = "not asked for: whoever reaches this address may change the catalog"
            names = ("localhost", "127.0.0.1", "[::1]", f"[{host}]" if ":" in host else host)
            return cls(False, "" if is_local else open_to_all, names if auth is None else ())
        if has_keys(index, database):
            return cls(True, "send one: -H 'Authorization: Bearer KEY'")
        listener.close()
        raise KeysMissing(
            f"The index '{index}' has no API key, and requests would need one: add one with "
            f"'indexer keys add NAME --index {index}', or say --no-auth to let in whoever reaches "
            f"{host}."
        )
