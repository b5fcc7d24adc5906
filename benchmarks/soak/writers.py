"""Those who change the catalog, and one who watches when a change shows."""

import time
from random import Random
from typing import Any

from benchmarks.soak.findings import VISIBLE, Findings
from benchmarks.soak.pace import Pace
from benchmarks.soak.sending import Sender
from benchmarks.soak.shop import Shop


class Writer:
    """PUTs new products and DELETEs them again, so many changes in a second; no id comes back.

    A build removes what its file does not name: then DELETE says that there is no such product.
    """

    def __init__(self, url: str, shop: Shop, findings: Findings, name: str, rate: float) -> None:
        self._sender = Sender(url, findings)
        self._shop, self._findings, self._name = shop, findings, name
        self._pace = Pace(rate)
        self._random = Random(name)  # noqa: S311

    def run(self) -> None:
        """Change until it is over; up to ten of its products are there at a time."""
        there: list[str] = []
        number = 0
        while not self._findings.done.is_set():
            there.append(f"{self._name}-{number}")
            self.put(there[-1], self._random.choice(self._shop.spare))
            if len(there) > 10:
                self.delete(there.pop(self._random.randrange(len(there))))
            number += 1

    def put(self, name: str, picture: bytes) -> bool:
        """With one picture; whether it was stored."""
        columns = {"title": name, "category": "Fruit > Live", "price": "1.5"}
        return self._change("PUT", name, (200,), data=columns, files={"file": picture})

    def delete(self, name: str) -> bool:
        """Some seconds after its acknowledgement, no answer may show it; whether it was deleted."""
        is_deleted = self._change("DELETE", name, (204, 404))
        if is_deleted:
            self._findings.deleted[name] = time.monotonic()
        return is_deleted

    def has(self, name: str) -> bool:
        """Whether the catalog still holds the product: a build may have removed it."""
        answer = self._sender.send((200, 404), "GET", f"/products/{name}")
        return answer is None or answer.status_code == 200

    def _change(self, method: str, name: str, right: tuple[int, ...], **body: Any) -> bool:
        self._pace.wait(self._findings.done)
        answer = self._sender.send(right, method, f"/products/{name}", **body)
        if answer is None:
            return False
        self._findings.changes[f"{method} {answer.status_code}"] += 1
        return True


_IN_A_ROW = 6
"""New connections that show a change, until all processes are believed to show it."""


class Watcher:
    """Changes a product, and waits until every process shows it."""

    def __init__(self, url: str, shop: Shop, findings: Findings) -> None:
        self._writer = Writer(url, shop, findings, "watched", 10.0)
        self._url, self._shop, self._findings = url, shop, findings

    def run(self) -> None:
        """One product at a time, with pictures that nobody else sends."""
        for number, picture in enumerate(self._shop.watched):
            name = f"watched-{number}"
            if self._writer.put(name, picture):
                self._wait(name, picture, shown=True)
                if self._writer.delete(name):
                    self._wait(name, picture, shown=False)
            if self._findings.done.wait(5.0):
                return

    def _wait(self, name: str, picture: bytes, shown: bool) -> None:
        start = last = time.monotonic()
        right = 0
        while right < _IN_A_ROW and last - start < VISIBLE and not self._findings.done.wait(0.02):
            if self._shows(name, picture) == shown:
                right += 1
                continue
            if shown and not self._writer.has(name):  # a build took it out before it was seen
                self._findings.changes["PUT, removed by a build at once"] += 1
                return
            last, right = time.monotonic(), 0
        self._findings.visible.append(last - start)

    def _shows(self, name: str, picture: bytes) -> bool | None:
        """None when there was no answer."""
        sender = Sender(self._url, self._findings)  # of a new connection
        files = {"file": picture}
        answer = sender.send((200,), "POST", "/similar", files=files, params={"k": 3})
        sender.close()
        return (
            None
            if answer is None
            else name in {one["product_id"] for one in answer.json()["results"]}
        )
