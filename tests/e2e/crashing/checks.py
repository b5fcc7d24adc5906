"""What must hold of an index folder whose last writer was killed, and when it has recovered."""

import hashlib
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from search import LookalikeError, SearchEngine
from search.versions import IndexFolder
from tests.e2e.crashing.shop import Listing, Pool, State

Answers = dict[int, dict[str, float]]
"""Number of a picture → product → score, best first."""

ITSELF = 0.999
SAME = 5e-3
"""Scores that differ by less are the same: bfloat16 depends a little on the batch."""


def ask(engine: SearchEngine, numbers: Iterable[int], pool: Pool) -> Answers:
    """Every product's score for each of these pictures."""
    return {
        number: {
            row.product_id: row.score for row in engine.similar(pool.bytes(number), k=100).results
        }
        for number in numbers
    }


def check_sealed(index: Path) -> None:
    """The live version is complete, byte for byte, and so is every other one."""
    folder = IndexFolder(index)
    live = folder.require_live()
    folder.verify(live)
    for manifest in folder.manifests():
        folder.verify(manifest)


def stored_features(index: Path) -> set[str]:
    """The digests that have features; the database is checked on the way."""
    path = index / "catalog.sqlite"
    if not path.exists():
        return set()
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
        if "features" not in tables:
            return set()
        return {digest for (digest,) in database.execute("SELECT sha256 FROM features")}


def contents(state: State, pool: Pool) -> set[str]:
    """The digests of all pictures of a shop."""
    numbers = (number for listing in state.values() for number in listing.pictures)
    return {hashlib.sha256(pool.bytes(number)).hexdigest() for number in numbers}


def check_shown(engine: SearchEngine, before: State, after: State, pool: Pool, whole: bool) -> None:
    """Each product is as in one of two states; a ``whole`` change is seen all or not at all."""
    both = [listing for state in (before, after) for listing in state.values()]
    answers = ask(engine, {number for one in both for number in one.pictures}, pool)
    for product_id in sorted(before.keys() | after.keys()):
        allowed = {before.get(product_id), after.get(product_id)}
        if whole or len(allowed) == 1:
            fits = any(_is_shown(engine, answers, product_id, one) for one in allowed)
        else:
            fits = None in allowed or any(
                _finds(answers, number, product_id)
                for one in allowed
                for number in (one.pictures if one else ())
            )
        assert fits, f"{product_id} is neither of {allowed}: {_seen(engine, answers, product_id)}"


def _is_shown(
    engine: SearchEngine, answers: Answers, product_id: str, listing: Listing | None
) -> bool:
    title = _title(engine, product_id)
    if listing is None:
        return title is None and not any(product_id in found for found in answers.values())
    found = all(_finds(answers, number, product_id) for number in listing.pictures)
    return title == listing.title and found


def _finds(answers: Answers, number: int, product_id: str) -> bool:
    found = answers[number]
    return next(iter(found), None) == product_id and found[product_id] >= ITSELF


def _title(engine: SearchEngine, product_id: str) -> str | None:
    try:
        return engine.product(product_id).product.title
    except LookalikeError:
        return None


def _seen(engine: SearchEngine, answers: Answers, product_id: str) -> str:
    found = [number for number in answers if _finds(answers, number, product_id)]
    return f"its title is {_title(engine, product_id)}, and the pictures {found} find it"


def check_same(answers: Answers, peaceful: Answers) -> None:
    """The answers are those of an index that was built in peace."""
    for number, found in peaceful.items():
        scores = answers[number]
        assert scores.keys() == found.keys(), f"{number}.png finds {scores}, not {found}"
        apart = max(abs(scores[one] - found[one]) for one in found)
        assert apart < SAME, f"the scores of {number}.png are {apart} away from {found}"


def check_no_litter(index: Path) -> None:
    """Nothing is left of what was interrupted."""
    allowed = {"CURRENT", "versions", "cache", "rejects.csv", "uploads", ".lock"}
    names = {path.name for path in index.iterdir()}
    left = {name for name in names - allowed if not name.startswith("catalog.sqlite")}
    versions = {path.name for path in (index / "versions").iterdir()}
    known = {str(manifest.version): manifest for manifest in IndexFolder(index).manifests()}
    assert (left, versions) == (set(), set(known))
    for name, manifest in known.items():
        expected = {"manifest.json", *(file.name for file in manifest.files)}
        assert {path.name for path in (index / "versions" / name).iterdir()} == expected
