"""The model of one product while it is being put together."""

from __future__ import annotations

from collections.abc import Sequence

import bpy

from .materials import material
from .specs import Finish


class Model:
    """Collects painted parts; slot 0 is the main finish, higher slots are accents."""

    def __init__(self, finishes: Sequence[Finish]) -> None:
        self.finishes = finishes
        self.parts: list[bpy.types.Object] = []
        self.materials: dict[Finish, bpy.types.Material] = {}

    def add(self, part: bpy.types.Object, slot: int = 0) -> bpy.types.Object:
        """Paint a part with the finish of the slot (the last one if there are fewer)."""
        return self.paint(part, self.finishes[min(slot, len(self.finishes) - 1)])

    def paint(self, part: bpy.types.Object, finish: Finish) -> bpy.types.Object:
        """Paint a part with a finish that is the same for all products of a kind."""
        if finish not in self.materials:
            self.materials[finish] = material(finish)
        part.data.materials.append(self.materials[finish])
        self.parts.append(part)
        return part
