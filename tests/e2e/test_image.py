"""What the image's Dockerfile says, as far as it goes without Docker.

No privileges, and nothing to write to but /data and /tmp.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[2]
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text().replace("\\\n", " ")
USER = "10001"
DATA = Path("/mnt")
"""Stands for /data, which is not there."""

# Everything is read-only but the data and an empty /tmp; "$0" are the data. The interpreter may lie
# where only root reads, unlike in an image: reading is allowed, and nothing else.
CONTAINED = f"""
mount --bind "$0" {DATA} && mount -t tmpfs tmpfs /tmp || exit 1
while read -r _ place _; do
    case $place in /proc*|/sys*|/dev*|/tmp|{DATA}) ;; *) mount -o remount,bind,ro "$place" ;; esac
done < /proc/mounts 2>/dev/null
exec setpriv --reuid={USER} --regid={USER} --clear-groups --no-new-privs \
    --inh-caps=-all,+dac_read_search --ambient-caps=-all,+dac_read_search \
    --bounding-set=-all,+dac_read_search "$@"
"""

pytestmark = pytest.mark.skipif(
    os.getuid() != 0 or not (shutil.which("unshare") and shutil.which("setpriv")),
    reason="another user and read-only mounts need root, unshare and setpriv",
)


def said(instruction: str) -> list[str]:
    """What the last stages say with an instruction."""
    run = DOCKERFILE[DOCKERFILE.index(" AS run\n") :]
    return re.findall(rf"^{instruction} (.*)$", run.replace("/data", str(DATA)), re.MULTILINE)


def environment() -> dict[str, str]:
    pairs = (pair.split("=", 1) for line in said("ENV") for pair in line.split())
    kept = {"PYTHONPATH": f"{ROOT}:{os.environ.get('PYTHONPATH', '')}"}
    return kept | dict(pairs) | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}


def contained(data: Path, *command: str) -> list[str]:
    return ["unshare", "--mount", "sh", "-c", CONTAINED, str(data), *command]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, converted: Path) -> Iterator[Path]:
    """The user's own folder, with the sample catalog and the converted network in it."""
    folder = tmp_path_factory.mktemp("data")
    shutil.copytree(ROOT / "data" / "sample", folder / "catalog")
    shutil.copytree(converted, folder / "index" / "cache")
    subprocess.run(["chown", "-R", f"{USER}:{USER}", folder], check=True)
    build = contained(folder, "indexer", "build", f"{DATA}/catalog/catalog.csv")
    where = f"--index={DATA}/index"
    done = subprocess.run(
        [*build, where], env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    yield folder


def test_nothing_but_its_data_can_be_written_by_the_user_of_the_image(data: Path) -> None:
    assert said("USER") == [f"{USER}:{USER}"]
    script = f"id -u; for one in / /usr /var/tmp {ROOT} /dev/shm /tmp {DATA}; do " + (
        'touch "$one/written" 2>/dev/null && echo "$one"; done; exit 0'
    )
    done = subprocess.run(
        contained(data, "sh", "-c", script), capture_output=True, text=True, check=True
    )
    user, *written = done.stdout.split()
    assert user == USER
    assert set(written) - {"/dev/shm"} == {"/tmp", str(DATA)}  # noqa: S108


@pytest.mark.parametrize("workers", ["1", "2"])
def test_what_it_starts_answers_is_healthy_and_stops(data: Path, workers: str) -> None:
    (entry,) = said("ENTRYPOINT")
    (command,) = said("CMD")
    words = [*json.loads(entry), *json.loads(command)]
    local = [{"0.0.0.0": "127.0.0.1"}.get(one, one) for one in words]  # noqa: S104
    options = ["--port", "0", "--workers", workers]
    with subprocess.Popen(
        contained(data, *local, *options),
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        try:
            log = process.stderr
            messages = (json.loads(line)["message"] for line in log)
            url = next(found[0] for one in messages if (found := re.search(r"http://\S+", one)))
            answer_and_be_healthy(url)
            process.terminate()
            log.read()
            assert process.wait(60) == 0
        finally:
            process.kill()


def answer_and_be_healthy(url: str) -> None:
    with httpx.Client(base_url=url, timeout=60, trust_env=False) as client:
        for _ in range(600):
            if client.get("/readyz").status_code == 200:
                break
            time.sleep(0.1)
        answer = client.get("/similar", params={"product_id": "mug-01"})
        assert answer.json()["results"][0]["product_id"] == "mug-01"
        assert client.put("/products/mug-01", json={"title": "Mug"}).status_code == 200
        assert client.get("/metrics").status_code == 200
    (check,) = re.findall(r"HEALTHCHECK .*? CMD (\[.*\])", DOCKERFILE)
    words = json.loads(check.replace("http://127.0.0.1:8000", url))
    subprocess.run(words, env=environment(), check=True)
