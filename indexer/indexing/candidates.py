"""Which indexes come into question for so many vectors."""

import math
import os

EXACT_BELOW = 50_000
"""Vectors up to which every one is compared: a few milliseconds, and nothing to tune."""

EXACT = "exact"

_TRIED = 100_500
"""Vectors that indexes are tried on, and asked with, at most."""

_FOR_EACH_LIST = 40
"""FAISS wants so many vectors for each centre that it learns."""


def candidates(images: int) -> list[str]:
    """FAISS's names of what may be searched, for a catalog of that size.

    A graph over 8 bits a number is the quickest where recall must be high, lists of 1 or 2 bits a
    number are the smallest and built in a tenth of the time.
    """
    lists = lists_for(images)
    return ["HNSW16,SQ8", "HNSW32,SQ8", f"IVF{lists},RaBitQ2", f"IVF{lists},RaBitQ"]


def lists_for(images: int) -> int:
    """A power of two near twice the root: more take longer to learn and find hardly more."""
    return int(2 ** round(math.log2(2 * math.sqrt(images))))


def sample_for(images: int) -> int:
    """How many vectors the trials and the centres of the lists are learned from."""
    return min(images, max(_TRIED, _FOR_EACH_LIST * lists_for(images)))


def is_graph(codes: str) -> bool:
    """Whether a search walks through a graph, and does not go through lists."""
    return codes.startswith("HNSW")


def default_memory() -> int:
    """Half of this machine's memory, in bytes."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
