"""Those who ask, and hold what they are told against what they know."""

import time
from random import Random
from typing import Any

import httpx

from benchmarks.soak.findings import ITSELF, VISIBLE, Findings
from benchmarks.soak.pace import Pace
from benchmarks.soak.sending import Sender
from benchmarks.soak.shop import ASKED, Row, Shop


class Reader:
    """One client; what it is told over one connection never goes back."""

    def __init__(self, url: str, shop: Shop, findings: Findings, pace: Pace, seed: int) -> None:
        self._sender = Sender(url, findings)
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
        began = time.monotonic()
        answer = self._sender.send((200,), method, "/similar", params=asked, files=files)
        if answer is None:
            return []
        self._findings.seconds.append(time.monotonic() - began)
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
