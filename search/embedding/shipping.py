"""A model on its way to other processes: all that computing features needs, and nothing to find."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from search.embedding.backbone import Backbone, Ensemble, Exported, Model
from search.embedding.runtimes.network_file import NetworkFile

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True, eq=False)
class ShippedModel:
    """A model that can be pickled; its members' networks are ``files`` (name → content), if any."""

    model: Model
    files: tuple[dict[str, bytes], ...]

    def unpacked(self, folder: Path) -> Model:
        """The model, with the same fingerprint; its files are needed until its runtime starts."""
        members = [
            _in_folder(member, files, folder / str(place))
            for place, (member, files) in enumerate(
                zip(_members(self.model), self.files, strict=True)
            )
        ]
        return _with_members(self.model, members)


def pack(model: Model, cache: Path, *, has_gpus: bool = False) -> ShippedModel:
    """For processes that may have neither the weights nor torch, but for GPUs.

    There the network itself is what travels; elsewhere the converted one, which is made in
    ``cache`` where it is not there.
    """
    packed = [_packed(member, cache, has_gpus) for member in _members(model)]
    members = [member for member, _ in packed]
    return ShippedModel(_with_members(model, members), tuple(files for _, files in packed))


def _packed(member: Backbone, cache: Path, has_gpus: bool) -> tuple[Backbone, dict[str, bytes]]:
    if member.exported:
        path = member.exported.path
        files = {
            one.name: one.read_bytes() for one in (path, path.with_suffix(".bin")) if one.is_file()
        }
        return replace(member, network=_left_behind), files
    if has_gpus:
        return replace(member, network=_Given(member.network())), {}
    description, weights = NetworkFile(member, cache).files()
    exported = Exported(Path("network.xml"), "openvino", "bfloat16")
    shipped = replace(member, network=_left_behind, exported=exported)
    return shipped, {"network.xml": description, "network.bin": weights}


def _in_folder(member: Backbone, files: dict[str, bytes], folder: Path) -> Backbone:
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    if member.exported is None:
        return member
    path = folder / member.exported.path.name
    return replace(member, exported=replace(member.exported, path=path))


def _members(model: Model) -> tuple[Backbone, ...]:
    return model.members if isinstance(model, Ensemble) else (model,)


def _with_members(model: Model, members: list[Backbone]) -> Model:
    return replace(model, members=tuple(members)) if isinstance(model, Ensemble) else members[0]


@dataclass(frozen=True, eq=False)
class _Given:
    """A network that was built."""

    network: "nn.Module"

    def __call__(self) -> "nn.Module":
        return self.network


def _left_behind() -> NoReturn:
    raise AssertionError("a shipped model runs from its files")
