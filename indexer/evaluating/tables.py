"""What ``indexer evaluate`` prints for people."""

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from indexer.evaluating.records import Evaluation
from indexer.tables.printing import figures_table, left_out, per_cent, span

_WEAKEST = 10


def parts(evaluation: Evaluation) -> list[RenderableType]:
    """What was measured how, the metrics, the weakest categories, the photos left out."""
    shown: list[RenderableType] = [_summary(evaluation), _metrics(evaluation)]
    if len(evaluation.categories) > 1:
        shown += [Text(_heading(len(evaluation.categories))), _categories(evaluation)]
    if evaluation.failed:
        shown.append(left_out(evaluation.failed))
    return shown


def _summary(evaluation: Evaluation) -> Text:
    state = evaluation.index
    if evaluation.asked == "queries":
        return Text(
            f"Version {state.version} ({state.model}) on {evaluation.photos} queries that people "
            f"judged:\n  for {evaluation.by_product} they found the same product\n"
        )
    by = (
        (evaluation.by_product, "by their product"),
        (evaluation.by_category, "by their category"),
        (evaluation.by_nothing, "by neither, which the catalog does not have"),
    )
    judged = ", ".join(f"{count} {how}" for count, how in by if count)
    return Text(
        f"Version {state.version} ({state.model}) on {evaluation.photos} photos:\n"
        f"  results judged {judged}\n"
    )


def _metrics(evaluation: Evaluation) -> Table:
    table = figures_table("", "", "95 % interval", evaluation.asked)
    for name, metric in evaluation.metrics.items():
        if metric:
            table.add_row(
                name, per_cent(metric.value), span(metric.low, metric.high), str(metric.photos)
            )
    return table


def _categories(evaluation: Evaluation) -> Table:
    table = figures_table("category", evaluation.asked, "recall@1", "", "precision", "recall", "f1")
    weakest = sorted(evaluation.categories, key=lambda one: (one.f1, one.category))
    for one in weakest[:_WEAKEST]:
        metric = one.recall_at_1
        cells = (
            *(one.category, str(one.photos)),
            *((per_cent(metric.value), span(metric.low, metric.high)) if metric else ("–", "")),
            *(per_cent(share) for share in (one.precision, one.recall, one.f1)),
        )
        table.add_row(*(Text(cell) for cell in cells))
    return table


def _heading(count: int) -> str:
    if count <= _WEAKEST:
        return "\nEach category, the weakest first"
    return f"\nThe weakest {_WEAKEST} of {count} categories (--report and --json show all)"
