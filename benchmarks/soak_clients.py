"""The clients of ``benchmarks/soak.py``."""

import time
from random import Random
from typing import Any

import httpx

from benchmarks.soak_findings import ASKED, ITSELF, Findings, Row, Shop


class Reader:
    """One client; what it is told never goes back."""

    def __init__(self, url: str, shop: Shop, findings: Findings, seed: int) -> None:
        self._client = httpx.Client(base_url=url, trust_env=False, timeout=30)
        self._shop, self._findings, self._random = shop, findings, Random(seed)  # noqa: S311
        self._seen = (0, 0)

    def run(self) -> None:
        """Ask until it is over."""
        while not self._findings.done.is_set():
            row = self._random.choice(self._shop.stable[:ASKED])
            self._random.choice((self._by_product, self._by_upload, self._filtered, self._paged))(
                row
            )

    def _by_product(self, row: Row) -> None:
        self._ask(row, product_id=row["product_id"], k=20)

    def _by_upload(self, row: Row) -> None:
        self._ask(row, (self._shop.folder / row["image"]).read_bytes(), k=20)

    def _filtered(self, row: Row) -> None:
        category = row["category"].split(" > ")[0]
        found = self._ask(row, product_id=row["product_id"], filter=f"category:{category}", k=20)
        inside = [one["product"]["category"].split(" > ")[0] == category for one in found]
        self._expect(all(inside), f"filter category:{category}: {inside}")

    def _paged(self, row: Row) -> None:
        first = self._ask(row, product_id=row["product_id"], k=10)
        before = self._seen
        second = self._ask(None, product_id=row["product_id"], k=10, offset=10)
        if before == self._seen:
            self._check_order([*first, *second])

    def _ask(self, row: Row | None, file: bytes | None = None, **asked: Any) -> list[Any]:
        """The results; ``row`` must be the first of them."""
        gone = set(self._findings.deleted)
        start = time.perf_counter()
        files = None if file is None else {"file": file}
        method = "GET" if file is None else "POST"
        try:
            answer = self._client.request(method, "/similar", params=asked, files=files)
        except httpx.HTTPError as error:
            self._findings.failed.append(repr(error))
            return []
        self._findings.seconds.append(time.perf_counter() - start)
        if answer.status_code != 200:
            self._findings.failed.append(answer.text)
            return []
        return self._checked(answer.json(), row, gone)

    def _checked(self, answer: Any, row: Row | None, gone: set[str]) -> list[Any]:
        found, state = answer["results"], answer["index"]
        now = (state["version"], state["revision"])
        self._expect(now[0] >= self._seen[0] and now[1] >= self._seen[1], f"{now} < {self._seen}")
        self._seen = now
        self._check_order(found)
        scores = {one["product_id"]: one["score"] for one in found}
        self._expect(not gone & scores.keys(), f"deleted: {gone & scores.keys()}")
        if row is not None:
            name = row["product_id"]
            self._expect(
                next(iter(scores), None) == name and scores[name] >= ITSELF, f"{name}: {scores}"
            )
            self._findings.shown.append((now[0], name, scores))
        return list(found)

    def _check_order(self, found: list[Any]) -> None:
        scores = [one["score"] for one in found]
        names = {one["product_id"] for one in found}
        self._expect(
            scores == sorted(scores, reverse=True) and len(names) == len(found), f"{found}"
        )

    def _expect(self, holds: bool, otherwise: str) -> None:
        if not holds:
            self._findings.inconsistent.append(otherwise)


class Writer:
    """PUTs new products and DELETEs them again; an id never comes back.

    A build removes what its file does not name: then DELETE says that there is no such product.
    """

    def __init__(self, url: str, shop: Shop, findings: Findings, name: str) -> None:
        self._client = httpx.Client(base_url=url, trust_env=False, timeout=30)
        self._shop, self._findings, self._name = shop, findings, name
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

    def put(self, name: str, picture: bytes) -> None:
        """With one picture."""
        columns = {"title": name, "category": "Fruit > Live", "price": "1.5"}
        self._change("PUT", name, (200,), data=columns, files={"file": picture})

    def delete(self, name: str) -> None:
        """From its acknowledgement on, no answer may show it."""
        self._change("DELETE", name, (204, 404))
        self._findings.deleted.add(name)

    def has(self, name: str) -> bool:
        """Whether the catalog still holds the product: a build may have removed it."""
        return self._client.get(f"/products/{name}").status_code == 200

    def _change(self, method: str, name: str, right: tuple[int, ...], **body: Any) -> None:
        try:
            answer = self._client.request(method, f"/products/{name}", **body)
        except httpx.HTTPError as error:
            self._findings.failed.append(repr(error))
            return
        self._findings.changes[f"{method} {answer.status_code}"] += 1
        if answer.status_code not in right:
            self._findings.failed.append(answer.text)


class Watcher:
    """Changes through one server, and waits until the other one shows it."""

    def __init__(self, writer: Writer, url: str, shop: Shop, findings: Findings) -> None:
        self._writer, self._shop, self._findings = writer, shop, findings
        self._client = httpx.Client(base_url=url, trust_env=False, timeout=30)

    def run(self) -> None:
        """One product at a time, with pictures that nobody else sends."""
        for number, picture in enumerate(self._shop.watched):
            name = f"watched-{number}"
            self._writer.put(name, picture)
            self._wait(name, picture, shown=True)
            self._writer.delete(name)
            self._wait(name, picture, shown=False)
            if self._findings.done.wait(0.5):
                return

    def _wait(self, name: str, picture: bytes, shown: bool) -> None:
        start = time.perf_counter()
        while self._shows(name, picture) != shown and time.perf_counter() - start < 30:
            if shown and not self._writer.has(name):  # a build took it out before it was seen
                self._findings.changes["PUT, removed by a build at once"] += 1
                return
            time.sleep(0.02)
        self._findings.visible.append(time.perf_counter() - start)

    def _shows(self, name: str, picture: bytes) -> bool:
        answer = self._client.post("/similar", files={"file": picture}, params={"k": 3})
        answer.raise_for_status()
        return name in {one["product_id"] for one in answer.json()["results"]}
