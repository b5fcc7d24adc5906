"""A key's limits, and what its client is told about them."""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from api.access.known import Usage
from api.access.rates import Rates, Standing
from search.access.keys import ApiKey

DAY = 86_400

Header = tuple[bytes, bytes]

LIMIT_HEADERS = (
    "RateLimit-Policy",
    "RateLimit",
    "RateLimit-Limit",
    "RateLimit-Remaining",
    "RateLimit-Reset",
)


class Limits:
    """Counts the requests of each key: each minute's in all processes of this server, each day's
    in all servers of the catalog, which tell each other through the database.
    """

    def __init__(self, usage: Usage, folder: Path | None) -> None:
        self._usage = usage
        self._rates = Rates(folder)

    def close(self) -> None:
        """Nothing is counted any more."""
        self._rates.close()

    def take(self, key: ApiKey) -> list[Standing]:
        """Count a request unless a limit is reached, which is then the last one, with a ``wait``.

        A request that is refused counts for nothing.
        """
        now = datetime.now(UTC)
        used = self._usage.of(key.number, now.date())
        found: list[Standing] = []
        if key.per_day is not None and used >= key.per_day:
            left = _until_midnight(now)
            return [Standing(key.per_day, DAY, 0, left, left)]
        if key.per_minute is not None:
            found.append(self._rates.take(key.number, key.per_minute))
            if found[-1].wait is not None:
                return found
        self._usage.add(key.number, now.date())
        if key.per_day is not None:
            found.append(Standing(key.per_day, DAY, key.per_day - used - 1, _until_midnight(now)))
        return found


def headers_of(standings: list[Standing]) -> list[Header]:
    """As IETF's draft-ietf-httpapi-ratelimit-headers has them since its version 8, and, for the
    limit that is reached first, as its versions up to 7 had them, which most clients read.
    """
    if not standings:
        return []
    policy = ", ".join(f'"{_name(one)}";q={one.limit};w={one.window}' for one in standings)
    now = ", ".join(f'"{_name(one)}";r={one.remaining};t={one.reset}' for one in standings)
    first = min(standings, key=lambda one: one.remaining)
    values = (policy, now, f"{first.limit}", f"{first.remaining}", f"{first.reset}")
    found = [
        (name.lower().encode(), value.encode())
        for name, value in zip(LIMIT_HEADERS, values, strict=True)
    ]
    if standings[-1].wait is not None:
        found.append((b"retry-after", f"{standings[-1].wait}".encode()))
    return found


def _name(standing: Standing) -> str:
    return "day" if standing.window == DAY else "minute"


def _until_midnight(now: datetime) -> int:
    """Whole seconds until the next day in UTC, 1 to 86,400."""
    tomorrow = datetime.combine(now.date() + timedelta(1), time(), UTC)
    return DAY - int(DAY - (tomorrow - now).total_seconds())
