"""A picture of what was measured."""

from pathlib import Path
from typing import Any

from matplotlib.figure import Figure


def draw(report: dict[str, Any], path: Path) -> None:
    """Requests for each second and latencies, beside what the machine does in-process."""
    figure = Figure(figsize=(10, 4), layout="constrained")
    left, right = figure.subplots(1, 2)
    for kind, limit in (("upload", "embed_batch"), ("product_id", "search_alone")):
        served = report[kind]
        clients = list(served)
        line = left.plot(clients, [one["per_second"] for one in served.values()], marker="o")
        left.axhline(report[limit]["per_second"], color=line[0].get_color(), linestyle=":")
        left.annotate(f"{kind} (dotted: {limit})", (0, served[clients[0]]["per_second"]))
        for percentile in ("p50", "p99"):
            times = [one[f"ms_{percentile}"] for one in served.values()]
            right.plot(clients, times, marker="o", label=f"{kind} {percentile}")
    left.set(xlabel="clients", ylabel="requests/s", yscale="log")
    right.set(xlabel="clients", ylabel="milliseconds", yscale="log")
    right.legend()
    figure.savefig(path)
