"""Gradient descent in NumPy: importing torch would take longer than all of the descent."""

import numpy as np

from search.arrays import Floats

_MEAN_DECAY, _SQUARE_DECAY, _TINY = 0.9, 0.999, 1e-8
_WEIGHT_DECAY = 0.01
_WARM_UP = 0.15
_FIRST, _LAST = 1 / 25, 1e-6


class AdamW:
    """Changes a ``parameter``, a float32 array of any shape, in place.

    Loshchilov & Hutter, "Decoupled Weight Decay Regularization", ICLR 2019.
    """

    def __init__(self, parameter: Floats) -> None:
        self._parameter = parameter
        self._mean = np.zeros_like(parameter)
        self._square = np.zeros_like(parameter)
        self._steps = 0

    def step(self, gradient: Floats, rate: float) -> None:
        """Once down the gradient, of the parameter's shape."""
        self._steps += 1
        self._mean += (1 - _MEAN_DECAY) * (gradient - self._mean)
        self._square += (1 - _SQUARE_DECAY) * (gradient * gradient - self._square)
        spread = np.sqrt(self._square / (1 - _SQUARE_DECAY**self._steps)) + _TINY
        self._parameter *= 1 - rate * _WEIGHT_DECAY
        self._parameter -= rate / (1 - _MEAN_DECAY**self._steps) * self._mean / spread


def one_cycle(steps: int, rate: float) -> Floats:
    """(steps,) rates: up to ``rate``, then down to nearly nothing, each along half a cosine.

    Smith & Topin, "Super-Convergence", 2018.
    """
    rise = max(round(_WARM_UP * steps), 1)
    up = _FIRST + (1 - _FIRST) * _half_cosine(rise)
    down = 1 - (1 - _LAST) * _half_cosine(max(steps - rise, 1))
    return np.asarray(rate * np.concatenate([up, down])[:steps], np.float32)


def _half_cosine(steps: int) -> Floats:
    """(steps,) from 0 to 1."""
    return np.asarray((1 - np.cos(np.linspace(0, np.pi, steps))) / 2, np.float32)
