"""Where images are read and embedded: one file for each engine, all of which give the same."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import TypeAlias

from indexer.engines.blocks import Embedded
from indexer.ingesting.reading import Reader
from indexer.workbench import Workbench
from search.catalog.records import ImageRef

Embeds: TypeAlias = Callable[[Iterator[ImageRef]], Iterator[Embedded]]
"""Blocks of embedded images, in the order of the references; it may be a bounded way ahead."""

Engine: TypeAlias = Callable[[Workbench, Reader], AbstractContextManager[Embeds]]
"""Makes all ready, the model too; raises EngineUnavailable or ModelError if it cannot."""
