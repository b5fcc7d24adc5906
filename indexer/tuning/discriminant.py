"""A head in closed form: what varies within a class counts less."""

from dataclasses import dataclass

import numpy as np

from indexer.tuning.labels import Labelled
from search.arrays import Floats, unit_rows
from search.embedding.head import DIM, Head

KIND = "tuned"
"""What a head is called that was fitted to labels."""

_SHRINKAGE = 0.03
"""How much of its mean variance every direction gets on top: what few images say of their spread is
mostly chance. On held-out photos of groceries 0.01 to 0.1 differ by about a point."""

_FACES = 0.2
"""The share of a product's first image in what its others are compared with, beside their mean: a
customer's photo is to find the shop's picture, however different the light and the ground."""


@dataclass(frozen=True, eq=False, slots=True)
class Discriminant:
    """Directions in which the classes differ, strongest first.

    ``center`` is (d,), ``directions`` (d, m); ``strengths`` (m,) are at least 1 or so where classes
    differ: the variance of all images over that within a class.

    Linear discriminant analysis as in Fisher, "The use of multiple measurements in taxonomic
    problems", 1936, with a shrunken covariance as in Friedman, "Regularized discriminant
    analysis", 1989. Takes one eigendecomposition of d × d, however many classes there are.
    """

    center: Floats
    directions: Floats
    strengths: Floats

    @classmethod
    def of(cls, labelled: Labelled, dim: int = DIM) -> "Discriminant":
        """Fit to images of which some two have the same class."""
        rows = unit_rows(labelled.features)
        center = rows.mean(axis=0)
        rows = rows - center
        whitening = _whitening(_within(rows, labelled))
        spread = whitening.T @ (rows.T @ rows / np.float32(len(rows))) @ whitening
        strengths, directions = np.linalg.eigh(spread)
        best = np.argsort(strengths)[::-1][: min(dim, len(rows) - 1)]
        return cls(center, whitening @ directions[:, best], np.maximum(strengths[best], 1e-6))

    def head(self, emphasis: float) -> Head:
        """Each direction counts its strength ** ``emphasis``; 0 makes all count the same."""
        projection = self.directions * self.strengths**emphasis
        return Head(KIND, self.center, np.ascontiguousarray(projection, np.float32))


def _within(rows: Floats, labelled: Labelled) -> Floats:
    """(n, d) → (d, d): how images vary about the mean of their class, and about its face."""
    classes = labelled.classes
    sums = np.zeros((classes.max() + 1, rows.shape[1]), np.float32)
    counts = np.bincount(classes[classes >= 0], minlength=len(sums))
    np.add.at(sums, classes[classes >= 0], rows[classes >= 0])
    several = (classes >= 0) & (counts[classes] > 1)
    own = classes[several]
    means = sums[own] / counts[own, None].astype(np.float32)
    away = np.asarray(rows[several] - means, np.float32)
    face = _scatter(_from_faces(rows, labelled, away))
    return np.asarray((1 - _FACES) * _scatter(away) + _FACES * face, np.float32)


def _from_faces(rows: Floats, labelled: Labelled, otherwise: Floats) -> Floats:
    """What each product's other images lack to its first one; ``otherwise`` without products."""
    faces = np.flatnonzero(labelled.faces)
    others = np.flatnonzero((labelled.products >= 0) & ~labelled.faces)
    if not len(others):
        return otherwise
    face_of = np.zeros(int(labelled.products.max()) + 1, np.int64)
    face_of[labelled.products[faces]] = faces
    return np.asarray(rows[others] - rows[face_of[labelled.products[others]]], np.float32)


def _scatter(rows: Floats) -> Floats:
    return np.asarray(rows.T @ rows / np.float32(len(rows)), np.float32)


def _whitening(covariance: Floats) -> Floats:
    """(d, d) → (d, d): what makes the shrunken covariance the identity, ``W.T @ covariance @ W``.

    By Cholesky's decomposition, several times as fast as by eigenvectors.
    """
    width = len(covariance)
    floor = max(_SHRINKAGE * float(np.trace(covariance)) / width, 1e-12)
    root = np.linalg.cholesky(covariance + floor * np.eye(width, dtype=np.float32))
    return np.asarray(np.linalg.inv(root).T, np.float32)
