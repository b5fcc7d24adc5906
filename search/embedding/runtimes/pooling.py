"""The map that a network averages into its features, found in OpenVINO's graph of it."""

from collections.abc import Iterator
from typing import Any

from search.arrays import Floats

_SAME_NUMBERS = frozenset({"Reshape", "Squeeze", "Unsqueeze", "Convert"})
"""What changes the shape of numbers and not what they are."""

_AFFINE = frozenset({"MatMul", "Add", "Subtract", "Multiply", "Divide"})
"""With constants: a mean of what goes in becomes the mean of what comes out."""


def with_map(network: Any) -> Any | None:
    """The ``openvino.Model`` with a second output: the map that its features are the mean of.

    None where they are not: after attention pooling, a class token or a layer that is not linear.
    ``network`` is changed, so read it anew for another use.
    """
    import openvino as ov

    pool = _pool(network)
    if pool is None:
        return None
    seen = ov.opset13.result(_channels_last(pool))
    return ov.Model([*network.get_results(), seen], network.get_parameters(), "with map")


def after_pooling(network: Any) -> Any | None:
    """What comes after the pooling as an ``openvino.Model``: (n, c) → (n, dim). It is affine.

    None where nothing does, or where there is no map. ``network`` is changed.
    """
    import openvino as ov

    pool = _pool(network)
    if pool is None or not any(one.get_type_name() in _AFFINE for one in _chain(network)):
        return None
    shape = pool.output(0).get_partial_shape()
    channels = next(side.get_length() for side in list(shape)[1:] if side.get_length() != 1)
    given = ov.opset13.parameter([-1, channels], ov.Type.f32)
    like_pooled = [0, *(-1 if side.get_length() != 1 else 1 for side in list(shape)[1:])]
    pooled = ov.opset13.reshape(given, like_pooled, special_zero=True)
    for user in pool.output(0).get_target_inputs():
        user.replace_source_output(pooled.output(0))
    return ov.Model(network.get_results(), [given], "after pooling")


def _pool(network: Any) -> Any | None:
    """The node that averages over all positions, if only affine ones follow."""
    *_, last = _chain(network)
    if last.get_type_name() != "ReduceMean" or len(last.input(0).get_partial_shape()) != 4:
        return None
    return last if len(_axes(last)) == 2 else None


def _chain(network: Any) -> Iterator[Any]:
    """From the output back to what is neither a change of shape nor affine, that included."""
    node = network.get_results()[0].input_value(0).get_node()
    while True:
        yield node
        kind = node.get_type_name()
        if kind in _SAME_NUMBERS:
            node = node.input_value(0).get_node()
            continue
        varying = [one for one in node.input_values() if not _is_constant(one.get_node())]
        is_divisor = kind == "Divide" and _is_constant(node.input_value(0).get_node())
        if kind not in _AFFINE or len(varying) != 1 or is_divisor:
            return
        node = varying[0].get_node()


def _is_constant(node: Any) -> bool:
    if node.get_type_name() == "Constant":
        return True
    values = node.input_values()
    return bool(values) and all(_is_constant(one.get_node()) for one in values)


def _axes(pool: Any) -> list[int]:
    """Those that it averages over, as indices of (n, …)."""
    found = pool.input_value(1).get_node()
    return sorted(int(axis) % 4 for axis in found.data.ravel()) if _is_constant(found) else []


def _channels_last(pool: Any) -> Any:
    """(n, h, w, c) of what is averaged."""
    import openvino as ov

    seen = pool.input_value(0)
    axes = _axes(pool)
    (channels,) = {1, 2, 3} - set(axes)
    return ov.opset13.transpose(seen, [0, *axes, channels])


def each_position(maps: Floats, after: Any) -> Floats:
    """(n, h, w, c) maps through a compiled ``after_pooling`` → (n, h, w, dim)."""
    rows = after({0: maps.reshape(-1, maps.shape[-1])})[0]
    found: Floats = rows.reshape(*maps.shape[:3], -1)
    return found
