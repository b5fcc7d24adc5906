"""What ``indexer similar`` prints for people: what the picture shows, and its look-alikes."""

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from search.answers import Answer, Result
from search.catalog.filters.facets import Facet
from search.catalog.records import CATEGORY_SEPARATOR
from search.predictions.prototypes import Value
from search.predictions.taxonomy import CategoryShare

_SHOWN = 3
_FACET_VALUES = 10

_SURE = 0.5
"""A category that is as probable as that is said, unless the picture is far from all of them."""


def parts(answer: Answer, image: str, why_empty: str) -> list[RenderableType]:
    """All of an answer; ``why_empty`` says what to do when it has no result."""
    shown: list[RenderableType] = [_heading(answer, image)]
    shown.append(_table(answer.results) if answer.results else Text(why_empty))
    if answer.results and all(one.match == "none" for one in answer.results):
        shown.append(_no_match(answer.results))
    return [*shown, *(Text(f"{name}: {_facet(one)}") for name, one in answer.facets.items())]


def _no_match(results: Sequence[Result]) -> Text:
    likeliest = _chance(max(one.p_same or 0.0 for one in results))
    return Text(
        "\nNo result is sure enough to be called the product in the picture (the likeliest\n"
        f"is it with {likeliest}): the catalog may not have it. These look most like it."
    )


def _heading(answer: Answer, image: str) -> Text:
    """What the picture shows: category, attributes, colours; each with its probability or share."""
    lines = {"category": _category(answer)}
    lines |= {
        name: ", ".join(f"{_value(one.value)} ({_chance(one.p)})" for one in values)
        for name, values in answer.attributes.items()
    }
    colours = [f"{one.name} ({one.share:.0%})" for one in answer.query.colors[:_SHOWN]]
    if colours:
        lines["colours"] = ", ".join(colours)
    width = max(map(len, lines))
    return Text("\n".join([image, *(f"  {name:{width}}  {it}" for name, it in lines.items()), ""]))


def _category(answer: Answer) -> str:
    if answer.category_status == "abstained":
        return _no_category(answer)
    deepest = answer.category[-1]
    if answer.category_status == "ok":
        return _share(deepest)
    below = deepest.path + CATEGORY_SEPARATOR
    candidates = [one for one in answer.categories if one.path.startswith(below)][:2]
    perhaps = " or ".join(_share(one).removeprefix(below) for one in candidates)
    return f"not sure: {_share(deepest)}{f', perhaps {perhaps}' if perhaps else ''}"


def _no_category(answer: Answer) -> str:
    if not answer.categories:
        return "unknown: no product near it has one"
    if answer.categories[0].p < _SURE:
        return f"not sure, perhaps {' or '.join(_share(one) for one in answer.categories[:2])}"
    return "looks like nothing in the catalog"


def _share(one: CategoryShare) -> str:
    return f"{one.path} ({_chance(one.p)})"


def _value(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else value


def _chance(p: float) -> str:
    """Whole per cent; nothing is certain."""
    if p < 0.005:
        return "<1%"
    return ">99%" if p >= 0.995 else f"{p:.0%}"


def _table(results: Sequence[Result]) -> Table:
    """The look-alikes, best first; without matches where the version knows none."""
    is_matched = any(one.match for one in results)
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("", justify="right", no_wrap=True)
    table.add_column("score", justify="right", no_wrap=True)
    if is_matched:
        table.add_column("match", no_wrap=True)
        table.add_column("p_same", justify="right", no_wrap=True)
    for name in ("product", "title", "category"):
        table.add_column(name, overflow="fold")
    table.add_column("price", justify="right", no_wrap=True)
    for rank, result in enumerate(results, start=1):
        table.add_row(*map(Text, _cells(rank, result)))
    return table


def _cells(rank: int, result: Result) -> Iterator[str]:
    product = result.product
    yield str(rank)
    yield f"{result.score:.3f}"
    if result.match is not None and result.p_same is not None:
        yield result.match
        yield _chance(result.p_same)
    yield result.product_id
    yield product.title
    yield product.category.split(CATEGORY_SEPARATOR)[-1]
    yield "" if product.price is None else f"{product.price:,.2f} {product.currency}".strip()


def _facet(facet: Facet) -> str:
    """Its most frequent values, and the range of numbers."""
    counts = ", ".join(f"{one.value} ({one.count})" for one in facet.values[:_FACET_VALUES])
    more = ", …" if facet.distinct > _FACET_VALUES else ""
    span = "" if facet.low is None else f"{facet.low:g} to {facet.high:g}; "
    return f"{span}{counts}{more}" if counts else "no values"
