"""The head is one linear map of unit features, and its fit is a textbook decomposition."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search.arrays import Floats
from search.embedding.head import Head, fit_whitening


def features(count: int = 400, width: int = 24, seed: int = 0) -> Floats:
    """Rows like a network's: not negative, correlated, of any length."""
    random = np.random.default_rng(seed)
    mixed = random.normal(size=(count, width)) @ random.normal(size=(width, width))
    return np.asarray(np.maximum(mixed, 0) + 0.1, np.float32)


def whitened_by_the_book(rows: Floats, dim: int) -> Floats:
    """Half-whitened PCA of unit rows, in float64 and with the full covariance."""
    exact = rows.astype(np.float64)
    exact /= np.linalg.norm(exact, axis=1, keepdims=True)
    centred = exact - exact.mean(axis=0)
    variances, directions = np.linalg.eigh(np.cov(centred.T, bias=True))
    order = np.argsort(variances)[::-1][:dim]
    mapped = centred @ directions[:, order] / np.sqrt(np.sqrt(variances[order]))
    return np.asarray(mapped / np.linalg.norm(mapped, axis=1, keepdims=True), np.float32)


@pytest.mark.parametrize("dim", [4, 12, 23])
def test_whitening_equals_the_textbook(dim: int) -> None:
    rows = features()
    got = fit_whitening([rows], dim).apply(rows)
    # A direction may point either way: cosines between rows do not tell.
    expected = whitened_by_the_book(rows, dim)
    assert got.shape == (400, dim)
    np.testing.assert_allclose(got @ got.T, expected @ expected.T, atol=2e-4)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(cuts=st.lists(st.integers(1, 199), unique=True, max_size=6))
def test_how_the_features_are_cut_into_chunks_does_not_matter(cuts: list[int]) -> None:
    rows = features(200, 12)
    whole = fit_whitening([rows], 6).apply(rows)
    parts = fit_whitening(iter(np.split(rows, sorted(cuts))), 6).apply(rows)
    np.testing.assert_allclose(parts @ parts.T, whole @ whole.T, atol=1e-4)


def test_directions_without_any_variance_do_no_harm() -> None:
    flat = np.repeat(features(200, 4), 3, axis=1)  # 12 columns, 4 of them free
    got = fit_whitening([flat], 8).apply(flat)
    assert np.isfinite(got).all()
    np.testing.assert_allclose(np.linalg.norm(got, axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("head", [Head(), fit_whitening([features()], 8)])
def test_vectors_are_float32_unit_rows_of_the_promised_length(head: Head) -> None:
    for count in (0, 1, 7):
        rows = head.apply(features(400)[:count])
        assert rows.dtype == np.float32
        assert rows.shape == (count, head.dim(24))
        np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


def test_a_plain_head_gives_the_features_at_unit_length() -> None:
    np.testing.assert_allclose(Head().apply(np.array([[3, 0, 4]], np.float32)), [[0.6, 0, 0.8]])
    assert Head().dim(1280) == 1280


@pytest.mark.parametrize("head", [Head(), fit_whitening([features()], 8)])
def test_the_length_of_features_does_not_matter_and_zeros_stay_finite(head: Head) -> None:
    rows = features(5)
    np.testing.assert_allclose(head.apply(rows * 37), head.apply(rows), atol=1e-5)
    assert np.isfinite(head.apply(np.zeros((1, 24), np.float32))).all()


@pytest.mark.parametrize("head", [Head(), fit_whitening([features()], 8)])
def test_a_saved_head_comes_back_the_same(tmp_path: Path, head: Head) -> None:
    head.save(tmp_path / "head.safetensors")
    back = Head.load(tmp_path / "head.safetensors", head.kind)
    assert (back.kind, back.fingerprint) == (head.kind, head.fingerprint)
    assert np.array_equal(back.apply(features(9)), head.apply(features(9)))


@settings(max_examples=50, deadline=None, derandomize=True)
@given(place=st.integers(0, 24 * 8 + 24 - 1))
def test_any_changed_number_changes_the_fingerprint(place: int) -> None:
    head = fit_whitening([features()], 8)
    assert head.center is not None
    assert head.projection is not None
    numbers = np.concatenate([head.center, head.projection.ravel()])
    numbers[place] = np.nextafter(numbers[place], np.float32(9))
    other = Head(head.kind, numbers[:24], numbers[24:].reshape(24, 8))
    assert other.fingerprint != head.fingerprint


def test_the_kind_is_part_of_the_fingerprint() -> None:
    head = fit_whitening([features()], 8)
    assert Head("tuned", head.center, head.projection).fingerprint != head.fingerprint
    assert len({Head().fingerprint, head.fingerprint}) == 2
