"""How long from process start to the first answer at a million products? Prints one JSON object.

The index has a catalog without pictures: products with titles, categories, brands, prices and
attributes, and usable images. Features and colours are left out, because nothing at the start reads
those of images that did not change since. A real version is sealed over it, from features mixed of
random directions. Files are in the page cache when the clock runs, as after a restart; compiled
Python files too, as after an installation.

    python -m benchmarks.startup [--products 1000000] [--rounds 5] [--index DIR]
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from statistics import median
from time import monotonic, sleep
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from benchmarks.startup_index import SIZE, any_picture, make_index, name_of

_PATIENCE = 120.0
_COMMAND = [sys.executable, "-c", "from indexer.cli import app; app()"]
_PHASES = """
import json, sys
from time import perf_counter
moments = [("", perf_counter())]
def done(name): moments.append((name, perf_counter()))
import api.app
done("imports")
from search import SearchEngine
engine = SearchEngine.open(sys.argv[1])
done("open")
engine.embedder.start_queries()
done("model")
engine.similar(product_id=sys.argv[2])
done("first_answer")
engine.similar(product_id=sys.argv[2])
done("second_answer")
engine.close()
pairs = zip(moments, moments[1:])
print(json.dumps({name: after - before for (_, before), (name, after) in pairs}))
"""


def main() -> None:
    """Make the index where there is none, and start it several times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--products", type=int, default=SIZE)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--index", type=Path, help="keep the index there, and use it if it is")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        index = arguments.index or Path(folder) / "index"
        if not (index / "CURRENT").exists():
            make_index(index, arguments.products)
        any_picture(Path(folder) / "picture.jpg")
        print(json.dumps(_measure(index, Path(folder), arguments), indent=2))


def _measure(index: Path, folder: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    environment = _environment(folder)
    product = name_of(arguments.products // 2)
    found: dict[str, list[dict[str, float]]] = {"serve": [], "similar": [], "phases": []}
    for number in range(arguments.rounds + 1):  # the first one fills the caches
        for name, run in (("serve", _serve), ("similar", _similar), ("phases", _phases)):
            one = run(index, folder, product, environment)
            print(number, name, one, file=sys.stderr)
            if number:
                found[name].append(one)
    middle = {
        name: {key: round(median(one[key] for one in rounds), 3) for key in rounds[0]}
        for name, rounds in found.items()
    }
    best = {
        name: round(min(one["seconds"] for one in found[name]), 3) for name in ("serve", "similar")
    }
    live = index / "versions" / (index / "CURRENT").read_text().strip()
    files = sum(one.stat().st_size for one in live.iterdir())
    return {
        "products": arguments.products,
        "rounds": arguments.rounds,
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
        "version_megabytes": round(files / 1e6),
        "catalog_megabytes": round((index / "catalog.sqlite").stat().st_size / 1e6),
        "median": middle,
        "quickest_seconds": best,
    }


def _serve(
    index: Path, _folder: Path, product: str, environment: dict[str, str]
) -> dict[str, float]:
    """From process start to the first answer that is one; its memory then, and processor time."""
    port = _free_port()
    command = [*_COMMAND, "serve", "--index", str(index), "--port", str(port)]
    start = monotonic()
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        place = f"http://127.0.0.1:{port}/similar?product_id={product}"
        while not _answers(place):
            assert process.poll() is None, "the server ended"
            assert monotonic() - start < _PATIENCE, "the server does not answer"
            sleep(0.02)
        seconds = monotonic() - start
        memory = _memory(process.pid)
        return {"seconds": seconds, "cpu_seconds": _cpu_seconds(process.pid), **memory}
    finally:
        process.terminate()
        process.wait()


def _similar(
    index: Path, folder: Path, _product: str, environment: dict[str, str]
) -> dict[str, float]:
    picture = str(folder / "picture.jpg")
    command = [*_COMMAND, "similar", picture, "--index", str(index), "--json"]
    start, before = monotonic(), os.times()
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    seconds, after = monotonic() - start, os.times()
    assert json.loads(done.stdout)["results"]
    own = after.children_user + after.children_system
    return {"seconds": seconds, "cpu_seconds": own - before.children_user - before.children_system}


def _phases(
    index: Path, _folder: Path, product: str, environment: dict[str, str]
) -> dict[str, float]:
    """One after the other in one process, where a server does some at the same time."""
    command = [sys.executable, "-c", _PHASES, str(index), product]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout))


def _environment(folder: Path) -> dict[str, str]:
    """Compiled files are written, and kept for the next start, whatever this shell says."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    root = str(Path(__file__).parent.parent)
    return kept | {"PYTHONPATH": root, "PYTHONPYCACHEPREFIX": str(folder / "compiled")}


def _free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        return int(listener.getsockname()[1])


def _answers(place: str) -> bool:
    try:
        with urlopen(place, timeout=_PATIENCE) as answer:  # noqa: S310 - loopback
            return bool(json.load(answer)["results"])
    except (URLError, OSError):  # not listening, or still opening the index
        return False


def _memory(pid: int) -> dict[str, float]:
    """Megabytes of its own, and of files that processes share."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    fields = dict(line.split(":", 1) for line in lines)
    names = {"own_megabytes": "RssAnon", "shared_megabytes": "RssFile"}
    return {name: int(fields[key].split()[0]) / 1000 for name, key in names.items()}


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
