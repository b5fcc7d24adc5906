"""Sets of ids behave as Python's own sets do."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search.arrays import Ids
from search.vectors.ids import IdSet

some_ids = st.lists(st.integers(-3, 12) | st.integers(-(2**63), 2**63 - 1), max_size=20)


def array(ids: list[int]) -> Ids:
    return np.array(ids, np.int64)


@given(ids=some_ids, others=some_ids)
def test_it_holds_takes_out_and_finds_what_a_set_would(ids: list[int], others: list[int]) -> None:
    made = IdSet(array(ids))
    assert made.ids.tolist() == sorted(set(ids))
    assert len(made) == len(set(ids))
    assert made.contains(array(others)).tolist() == [one in set(ids) for one in others]
    assert made.without(array(others)).ids.tolist() == sorted(set(ids) - set(others))
    places, held = made.places(array(others))
    assert made.ids[places[held]].tolist() == [one for one in others if one in set(ids)]


def test_it_cannot_be_changed() -> None:
    given_ids = array([3, 1])
    made = IdSet(given_ids)
    given_ids[0] = 7
    assert made.ids.tolist() == [1, 3]
    with pytest.raises(ValueError, match="read-only"):
        made.ids[0] = 2
