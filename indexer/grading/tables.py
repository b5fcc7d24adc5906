"""What ``indexer report`` prints for people."""

from collections.abc import Iterable, Mapping, Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from indexer.evaluating.records import Metric
from indexer.grading import wording
from indexer.grading.reading import GradedVersion
from indexer.grading.records import AttributeGrade, CategoryGrade, PredictionGrade
from indexer.grading.worst import category_metrics, worst_first
from indexer.indexing import wording as index_wording
from indexer.indexing.records import IndexReport
from indexer.regions import wording as regions_wording
from indexer.tables.printing import figures_table, per_cent, span

_WORST = 10
_COLUMNS = {"category": "predicted"}


def parts(version: GradedVersion) -> list[RenderableType]:
    """How it was measured, the metrics, the worst categories, matches, predictions."""
    grade = version.grade
    shown: list[RenderableType] = [_summary(version)]
    heading, meaning = wording.headline(grade)
    shown += _section(heading, _lines(meaning), _metrics(grade.metrics))
    if any(grade.twins.values()):
        shown += _section(wording.TWINS, _metrics(grade.twins))
    found = [*index_wording.summary(version.index), wording.exactness(grade)]
    found.append(regions_wording.summary(version.regions))
    shown += _section("Search", _lines(*found), *_index(version.index))
    if grade.categories:
        shown += _section(_worst(len(grade.categories)), _categories(grade.categories))
    found = wording.matching(grade.match) if grade.match else [wording.NO_MATCH]
    shown += _section("Is it the same product?", _lines(*found))
    shown += _section("Category prediction", *_prediction(grade.prediction))
    if grade.attributes:
        shown += _section("Attributes", _attributes(grade.attributes))
    return shown


def _summary(version: GradedVersion) -> Text:
    return Text(
        f"Version {version.version} ({version.model}): {version.products:,} products, "
        f"{version.images:,} images\n" + _indented(wording.measured(version))
    )


def _section(heading: str, *content: RenderableType) -> list[RenderableType]:
    return [Text(f"\n{heading}", style="bold"), *content]


def _metrics(metrics: Mapping[str, Metric | None]) -> Table:
    table = figures_table("", "", "95 % interval", "photos")
    for name, metric in metrics.items():
        table.add_row(name, *_cells(metric))
    return table


def _categories(categories: Sequence[CategoryGrade]) -> Table:
    measured = category_metrics(categories)
    names = [name for name in measured if name in (measured[0], "category")]  # of 80 columns
    columns = [column for name in names for column in (_COLUMNS.get(name, name), "95 % interval")]
    table = figures_table("category", "photos", *columns)
    for one in worst_first(categories)[:_WORST]:
        photos = max((metric.photos for metric in one.metrics.values() if metric), default=0)
        cells = [cell for name in names for cell in _cells(one.metrics.get(name))[:2]]
        table.add_row(*map(Text, (one.category, str(photos), *cells)))
    return table


def _index(report: IndexReport | None) -> list[RenderableType]:
    tables = (
        (index_wording.TRIED, index_wording.trials(report)),
        (index_wording.EFFORTS, index_wording.efforts(report)),
    )
    shown: list[RenderableType] = []
    for names, rows in tables:
        table = figures_table(*names)
        for row in rows:
            table.add_row(*map(Text, row))
        shown += [table] if rows else []
    return shown


def _worst(count: int) -> str:
    if count <= _WORST:
        return "Each category, the worst first"
    return f"The worst {_WORST} of {count} categories (--html and --json show all)"


def _prediction(prediction: PredictionGrade | None) -> list[RenderableType]:
    if prediction is None:
        return [_lines(wording.NO_PREDICTION)]
    table = figures_table("", "", "95 % interval", "photos")
    for name, metric in wording.predictors(prediction).items():
        table.add_row(name, *_cells(metric))
    return [table, _lines(wording.calibration(prediction.reliability))]


def _attributes(attributes: Sequence[AttributeGrade]) -> Table:
    table = figures_table("column", "right", "95 % interval", "photos", "by chance", "predicted")
    for one in attributes:
        kept = "yes" if one.is_kept else "no"
        chance = per_cent(one.chance if one.accuracy else None)
        cells = (one.name, *_cells(one.accuracy), chance, kept)
        table.add_row(*map(Text, cells))
    return table


def _cells(metric: Metric | None) -> tuple[str, str, str]:
    if metric is None:
        return "–", "", ""
    return per_cent(metric.value), span(metric.low, metric.high), str(metric.photos)


def _lines(*sentences: str) -> Text:
    return Text(_indented(sentences))


def _indented(sentences: Iterable[str]) -> str:
    return "\n".join(f"  {sentence}" for sentence in sentences)
