"""A key's limits, and what its client is told about them."""

from api.access.counters import DAY, Counters, Now, Standing
from api.access.usage import Usage
from search.access.keys import ApiKey

Header = tuple[bytes, bytes]

LIMIT_HEADERS = (
    "RateLimit-Policy",
    "RateLimit",
    "RateLimit-Limit",
    "RateLimit-Remaining",
    "RateLimit-Reset",
)


class Limits:
    """Counts the requests of each key, those on a day in the catalog's database, too."""

    def __init__(self, counters: Counters, usage: Usage) -> None:
        self._counters = counters
        self._usage = usage

    def take(self, key: ApiKey) -> list[Standing]:
        """Count a request unless a limit is reached, which is then all that is given.

        A request that is refused counts for nothing.
        """
        now = Now.read()
        found: list[Standing] = []
        if key.per_minute is not None or key.per_day is not None:
            found = self._counters.take(key.number, key.per_minute, key.per_day, now)
        if not found or found[0].wait is None:
            self._usage.add(key.number, now.day)
        return found


def headers_of(standings: list[Standing]) -> list[Header]:
    """As IETF's draft-ietf-httpapi-ratelimit-headers has them since its version 8, and, for the
    limit that is reached first, as its versions up to 7 had them, which most clients read.
    """
    if not standings:
        return []
    policy = ", ".join([f'"{_name(one)}";q={one.limit};w={one.window}' for one in standings])
    now = ", ".join([f'"{_name(one)}";r={one.remaining};t={one.reset}' for one in standings])
    first = min(standings, key=lambda one: one.remaining)
    values = (policy, now, f"{first.limit}", f"{first.remaining}", f"{first.reset}")
    found = [
        (name.lower().encode(), value.encode())
        for name, value in zip(LIMIT_HEADERS, values, strict=True)
    ]
    if first.wait is not None:
        found.append((b"retry-after", f"{first.wait}".encode()))
    return found


def _name(standing: Standing) -> str:
    return "day" if standing.window == DAY else "minute"
