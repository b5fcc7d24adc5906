"""A shop as it changes: what its catalog file says, and what live changes make of it."""

import csv
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import NamedTuple

from search import SearchEngine


class Listing(NamedTuple):
    """A product: its title, and the numbers of its pictures in the pool."""

    title: str
    pictures: tuple[int, ...]


State = Mapping[str, Listing]


class Change(NamedTuple):
    """An upsert, or a delete where ``listing`` is None; without ``files`` the pictures stay."""

    product_id: str
    listing: Listing | None
    files: bool = True


@dataclass(frozen=True, slots=True)
class Pool:
    """Pictures to draw from, each used once: ``0.png``, ``1.png``, …"""

    folder: Path
    numbers: Iterator[int]

    def bytes(self, number: int) -> bytes:
        return (self.folder / f"{number}.png").read_bytes()

    def listing(self, pictures: int = 1) -> Listing:
        numbers = tuple(next(self.numbers) for _ in range(pictures))
        return Listing(f"Product with {numbers[0]}", numbers)


def first_state(pool: Pool, products: int) -> State:
    """Every fourth product has two pictures."""
    return {f"p{one}": pool.listing(2 if one % 4 == 0 else 1) for one in range(products)}


def edited(state: State, pool: Pool, random: Random) -> State:
    """Two products leave, two come, three get other bytes, two another title, one loses one."""
    after = dict(state)
    chosen = random.sample(sorted(state), 7)
    for product_id in chosen[:2]:
        del after[product_id]
    for product_id in chosen[2:5]:
        after[product_id] = pool.listing(len(after[product_id].pictures))
    for product_id in chosen[5:]:
        after[product_id] = after[product_id]._replace(title=f"Renamed {product_id}")
    for fresh in (pool.listing(), pool.listing()):
        after[f"n{fresh.pictures[0]}"] = fresh
    double = next(one for one in sorted(after) if len(after[one].pictures) == 2)
    after[double] = after[double]._replace(pictures=after[double].pictures[:1])
    return after


def live_changes(state: State, pool: Pool, random: Random) -> list[Change]:
    """New products, other pictures, other titles, deletes, and one that comes back."""
    old = random.sample(sorted(state), 4)
    renamed = state[old[1]]._replace(title="Renamed")
    return [
        Change("new1", pool.listing(2)),
        Change(old[0], pool.listing()),
        Change(old[1], renamed, files=False),
        Change(old[2], None),
        Change("new2", pool.listing()),
        Change(old[3], None),
        Change("new1", pool.listing()),
        Change(old[2], pool.listing()),
        Change("new2", None),
    ]


def changed(state: State, changes: list[Change]) -> State:
    """What a shop is after live changes."""
    after = dict(state)
    for change in changes:
        if change.listing is None:
            del after[change.product_id]
        else:
            after[change.product_id] = change.listing
    return after


def apply(engine: SearchEngine, change: Change, pool: Pool) -> None:
    """Make a live change."""
    if change.listing is None:
        engine.delete(change.product_id)
        return
    files = [pool.bytes(one) for one in change.listing.pictures] if change.files else []
    row = {"product_id": change.product_id, "title": change.listing.title}
    engine.upsert(row, files=files)


def write_shop(folder: Path, state: State, pool: Pool) -> Path:
    """Make ``folder`` hold just the pictures of a state; returns its catalog file."""
    images = folder / "images"
    shutil.rmtree(images, ignore_errors=True)
    images.mkdir(parents=True)
    catalog = folder / "catalog.csv"
    with catalog.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["product_id", "title", "image"])
        for product_id, listing in state.items():
            names = [f"images/{product_id}-{at}.png" for at in range(len(listing.pictures))]
            for name, number in zip(names, listing.pictures, strict=True):
                shutil.copy2(pool.folder / f"{number}.png", folder / name)
            writer.writerow([product_id, listing.title, "|".join(names)])
    return catalog
