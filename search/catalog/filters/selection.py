"""What passes a filter, and how often each value is there: quick after the first time."""

from collections.abc import Sequence

from sqlalchemy import Engine

from search.catalog.filters.colour import COLOR, measured, measured_field, own_column
from search.catalog.filters.expressions import Expression, Field, fields
from search.catalog.filters.facets import Facet, ValueColumn
from search.catalog.filters.kept import Kept, Known
from search.catalog.filters.names import COUNTED
from search.catalog.filters.reading import passing_images, values_of
from search.errors import BadParameter
from search.vectors.ids import IdSet
from search.waiting import PATIENT, Waiter


class Selection:
    """Filters and facets of one catalog; safe to use from many threads.

    Answers hold every change up to the ``revision`` that is asked for, and may hold later ones.
    An image that was deleted from the tables, and not only hidden, may stay in a set.
    """

    def __init__(self, engine: Engine) -> None:
        self._sets: Kept[Expression, IdSet] = Kept(engine, passing_images)
        self._columns: Kept[Field, ValueColumn] = Kept(engine, values_of)
        self._own: Kept[str, tuple[str, ...]] = Kept(engine, own_column)

    def allowed(self, expression: Expression, revision: int, waiter: Waiter = PATIENT) -> IdSet:
        """The searchable images of the products that pass; the same object while none changes.

        Raises BadFilter for an attribute that no product has, and for an unknown colour.
        """
        waiter.begin("filter")
        waiter.looked_up("filters", self._sets.has(self._read_as(expression, revision), revision))
        return self._passing(expression, revision).value

    def facets(
        self,
        expression: Expression,
        names: Sequence[str],
        revision: int,
        waiter: Waiter = PATIENT,
    ) -> dict[str, Facet]:
        """By name, the counts over the searchable products that pass.

        Raises BadFilter, or BadParameter for a name that cannot be counted.
        """
        waiter.begin("facets")
        wanted = {name: _counted(name) for name in names}
        for field in wanted.values():
            is_known = self._columns.has(self._known_as(field, revision), revision)
            waiter.looked_up("facets", is_known)
        return {name: self._facet(expression, field, revision) for name, field in wanted.items()}

    def _facet(self, expression: Expression, field: Field, revision: int) -> Facet:
        while True:
            allowed = self._passing(expression, revision)
            column = self._columns.at(self._known_as(field, revision), revision)
            if allowed.revision == column.revision:
                break
            revision = max(allowed.revision, column.revision)  # exact only of one moment
        if field.name == "category":
            return column.value.rolled_up(allowed.value)
        return column.value.facet(allowed.value)

    def _passing(self, expression: Expression, revision: int) -> Known[IdSet]:
        return self._sets.at(self._read_as(expression, revision), revision)

    def _read_as(self, expression: Expression, revision: int) -> Expression:
        names = {field.name for field in fields(expression)}
        if COLOR in names and not self._own.at(COLOR, revision).value:
            return measured(expression)
        return expression

    def _known_as(self, field: Field, revision: int) -> Field:
        if field.name == COLOR and not self._own.at(COLOR, revision).value:
            return measured_field(field)
        return field


def _counted(name: str) -> Field:
    field = Field.of(name)
    if not field.is_attribute and field.name not in COUNTED:
        raise BadParameter(
            f"'{field.name}' cannot be counted, as nearly every product has a value of its own; "
            f"facets are of attributes and: {', '.join(COUNTED)}."
        )
    return field
