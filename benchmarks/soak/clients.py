"""The clients of the soak: readers, writers, and one who watches when a change shows."""

import time
from random import Random
from typing import Any

import httpx

from benchmarks.soak.findings import ITSELF, VISIBLE, Findings
from benchmarks.soak.pace import Pace
from benchmarks.soak.shop import ASKED, Row, Shop


class Reader:
    """One client; what it is told over one connection never goes back."""

    def __init__(self, url: str, shop: Shop, findings: Findings, pace: Pace, seed: int) -> None:
        self._client = httpx.Client(base_url=url, trust_env=False, timeout=60)
        self._shop, self._findings, self._pace = shop, findings, pace
        self._random = Random(seed)  # noqa: S311
        self._seen: tuple[Any, int, int] = (None, 0, 0)
        self._all = {row["product_id"] for row in shop.stable}

    def run(self) -> None:
        """Ask until it is over."""
        while not self._findings.done.is_set():
            row = self._random.choice(self._shop.stable[:ASKED])
            self._random.choice((self._by_product, self._by_upload, self._filtered, self._paged))(
                row
            )

    def _by_product(self, row: Row) -> None:
        self._ask(row, self._all, product_id=row["product_id"], k=20)

    def _by_upload(self, row: Row) -> None:
        picture = (self._shop.folder / row["image"]).read_bytes()
        self._ask(row, self._all, picture, k=20)

    def _filtered(self, row: Row) -> None:
        category = row["category"].split(" > ")[0]
        inside = {
            one["product_id"]
            for one in self._shop.stable
            if one["category"].split(" > ")[0] == category
        }
        conditions = f"category:{category}"
        found = self._ask(row, inside, product_id=row["product_id"], filter=conditions, k=20)
        strange = [one["product_id"] for one in found if not _is_in(one, category)]
        self._findings.expect(not strange, f"filter {conditions}: {strange}")

    def _paged(self, row: Row) -> None:
        first = self._ask(row, self._all, product_id=row["product_id"], k=10)
        before = self._seen
        second = self._ask(None, None, product_id=row["product_id"], k=10, offset=10)
        if before == self._seen and first and second:
            self._check_order([*first, *second])

    def _ask(
        self,
        row: Row | None,
        among: set[str] | None,
        file: bytes | None = None,
        **asked: Any,
    ) -> list[Any]:
        """The results; ``row`` must be the first of them, and none ``among`` left out before."""
        self._pace.wait(self._findings.done)
        if self._findings.done.is_set():
            return []
        files = None if file is None else {"file": file}
        method = "GET" if file is None else "POST"
        began, start = time.monotonic(), time.perf_counter()
        try:
            answer = self._client.request(method, "/similar", params=asked, files=files)
        except httpx.HTTPError as error:
            self._findings.done.wait(self._findings.failed(error, began))
            return []
        if answer.status_code != 200:
            self._findings.done.wait(self._findings.failed(answer, began))
            return []
        self._findings.seconds.append(time.perf_counter() - start)
        return self._checked(answer, row, among, began)

    def _checked(
        self, answer: httpx.Response, row: Row | None, among: set[str] | None, began: float
    ) -> list[Any]:
        said = answer.json()
        found, state = said["results"], said["index"]
        self._check_state(answer, state)
        self._check_order(found)
        scores = {one["product_id"]: one["score"] for one in found}
        deleted = self._findings.deleted
        gone = [one for one in scores if began - deleted.get(one, began) > VISIBLE]
        self._findings.expect(not gone, f"deleted: {gone}")
        if row is not None:
            name = row["product_id"]
            itself = next(iter(scores), None) == name and scores[name] >= ITSELF
            self._findings.expect(itself, f"{name}: {scores}")
            self._findings.show(state["version"], name, scores, among)
        return list(found)

    def _check_state(self, answer: httpx.Response, state: Any) -> None:
        """Each process goes forward; which one answers does not change within a connection."""
        port = answer.extensions["network_stream"].get_extra_info("client_addr")
        now = port, state["version"], state["revision"]
        if port == self._seen[0]:
            self._findings.expect(now[1:] >= self._seen[1:], f"{now} after {self._seen}")
        self._seen = now

    def _check_order(self, found: list[Any]) -> None:
        scores = [one["score"] for one in found]
        names = {one["product_id"] for one in found}
        is_fine = scores == sorted(scores, reverse=True) and len(names) == len(found)
        self._findings.expect(is_fine, f"{found}")


def _is_in(result: Any, category: str) -> bool:
    return bool(result["product"]["category"].split(" > ")[0] == category)


class Writer:
    """PUTs new products and DELETEs them again, so many changes in a second; no id comes back.

    A build removes what its file does not name: then DELETE says that there is no such product.
    """

    def __init__(self, url: str, shop: Shop, findings: Findings, name: str, rate: float) -> None:
        self._client = httpx.Client(base_url=url, trust_env=False, timeout=60)
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
        try:
            return self._client.get(f"/products/{name}").status_code != 404
        except httpx.HTTPError:
            return True

    def _change(self, method: str, name: str, right: tuple[int, ...], **body: Any) -> bool:
        self._pace.wait(self._findings.done)
        began = time.monotonic()
        try:
            answer = self._client.request(method, f"/products/{name}", **body)
        except httpx.HTTPError as error:
            self._findings.done.wait(self._findings.failed(error, began))
            return False
        if answer.status_code not in right:
            self._findings.done.wait(self._findings.failed(answer, began))
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
        began = time.monotonic()
        try:
            answer = httpx.post(
                f"{self._url}/similar",
                files={"file": picture},
                params={"k": 3},
                trust_env=False,
                timeout=60,
            )
        except httpx.HTTPError as error:
            self._findings.done.wait(self._findings.failed(error, began))
            return None
        if answer.status_code != 200:
            self._findings.done.wait(self._findings.failed(answer, began))
            return None
        return name in {one["product_id"] for one in answer.json()["results"]}
