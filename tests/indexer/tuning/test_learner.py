"""The gradients that were worked out by hand are the ones that torch finds by itself."""

from typing import Any

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn.functional import cross_entropy, normalize, one_hot

from indexer.tuning.descent import AdamW, one_cycle
from indexer.tuning.learner import cosine_softmax, through_unit
from indexer.tuning.settings import Settings
from search.arrays import Floats, unit_rows


def random_rows(random: np.random.Generator, count: int, width: int) -> Floats:
    return random.standard_normal((count, width), np.float32)


@given(
    st.integers(0, 2**32 - 1),
    st.integers(0, 9),
    st.integers(2, 7),
    st.sampled_from([0.0, 0.1, 0.5]),
    st.sampled_from([0.0, 0.3]),
)
def test_the_losss_gradients_are_those_of_torch(
    seed: int, count: int, classes: int, margin: float, smoothing: float
) -> None:
    random = np.random.default_rng(seed)
    settings = Settings(margin=margin, smoothing=smoothing)
    projected, prototypes = random_rows(random, count, 5), random_rows(random, classes, 5)
    own = random.integers(0, classes, count)
    loss, to_embedded, to_prototypes = cosine_softmax(
        unit_rows(projected), prototypes, own, settings
    )
    found: list[Any] = [loss, through_unit(to_embedded, projected), to_prototypes]
    for one, wanted in zip(found, _by_torch(projected, prototypes, own, settings), strict=True):
        np.testing.assert_allclose(one, wanted, rtol=1e-3, atol=1e-4)


def _by_torch(projected: Floats, prototypes: Floats, own: Any, settings: Settings) -> list[Any]:
    rows, means = (torch.from_numpy(one).requires_grad_() for one in (projected, prototypes))
    if not len(own):
        return [0.0, np.zeros_like(projected), np.zeros_like(prototypes)]
    labels = torch.from_numpy(own)
    cosines = normalize(rows) @ normalize(means).T
    cosines = cosines - settings.margin * one_hot(labels, len(prototypes))
    loss = cross_entropy(settings.scale * cosines, labels, label_smoothing=settings.smoothing)
    torch.autograd.backward(loss)
    assert rows.grad is not None
    assert means.grad is not None
    return [loss.item(), rows.grad.numpy(), means.grad.numpy()]


def test_the_optimizers_steps_are_those_of_torch() -> None:
    random = np.random.default_rng(0)
    own = random_rows(random, 4, 3)
    other = torch.from_numpy(own.copy()).requires_grad_()
    optimizer = AdamW(own)
    reference = torch.optim.AdamW([other], lr=0.1, weight_decay=0.01)
    for rate in one_cycle(20, 0.1):
        gradient = random_rows(random, 4, 3)
        optimizer.step(gradient, float(rate))
        reference.param_groups[0]["lr"] = float(rate)
        other.grad = torch.from_numpy(gradient)
        reference.step()
    np.testing.assert_allclose(own, other.detach().numpy(), rtol=1e-3, atol=1e-5)


@given(st.integers(1, 300))
def test_one_cycle_goes_up_to_its_rate_and_down_to_nearly_nothing(steps: int) -> None:
    rates = one_cycle(steps, 0.5)
    assert rates.shape == (steps,)
    top = int(rates.argmax())
    assert (np.diff(rates[: top + 1]) >= 0).all()
    assert (np.diff(rates[top:]) <= 0).all()
    if steps > 10:
        assert rates.max() > 0.45
        assert rates[-1] < 0.001
