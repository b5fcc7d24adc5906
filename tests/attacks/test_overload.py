"""More requests than there are places: some are answered, the others told so, and nothing else."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import httpx

from tests.attacks.conftest import Shop
from tests.serving import served

AT_ONCE = 40


def test_what_is_not_accepted_is_refused_with_retry_after(shop: Shop, index: Path) -> None:
    ready = Barrier(AT_ONCE)

    with served(index.parent, concurrency=1, queue=1) as server:

        def ask(number: int) -> httpx.Response:
            picture = shop.pictures[f"p{number % len(shop.pictures)}"]
            with server.client() as client:
                client.get("/healthz")
                ready.wait()
                return client.post("/similar", files={"file": picture})

        with ThreadPoolExecutor(AT_ONCE) as threads:
            answers = list(threads.map(ask, range(AT_ONCE)))
        accepted = [one for one in answers if one.status_code == 200]
        refused = [one for one in answers if one.status_code != 200]
        assert len(accepted) >= 2
        assert all(one.json()["results"] for one in accepted)
        for one in refused:
            assert (one.status_code, one.json()["code"]) == (503, "overloaded")
            assert int(one.headers["Retry-After"]) > 0
        assert server.is_ready()
