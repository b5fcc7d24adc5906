"""What a replica does before there is anything to serve."""

from pathlib import Path

import pytest

from indexer.serving.following import follow
from search.errors import IndexNotFound, StoreUnreachable
from search.versions import IndexFolder


def test_an_empty_store_is_said_and_no_folder_is_made(tmp_path: Path) -> None:
    folder = IndexFolder(tmp_path / "index")
    with pytest.raises(IndexNotFound, match="holds no version yet; publish one with"):
        follow(folder, f"file://{tmp_path}/store")
    assert not folder.path.exists()


def test_a_store_that_is_away_is_said_where_there_is_nothing_else_to_serve(tmp_path: Path) -> None:
    with pytest.raises(StoreUnreachable, match="cannot be used"):
        follow(IndexFolder(tmp_path / "index"), "file:///dev/null/store")
