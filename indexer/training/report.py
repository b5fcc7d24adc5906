"""What a training run answers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TrainReport:
    """What was made, and how good it is on held-out images; None where none were held out.

    ``recall_at_1`` is the share of held-out images whose nearest other image is of their class,
    ``accuracy`` that of those that the category head puts into it. ``base_recall_at_1`` is the
    base model's, with plain features. ``images_per_second`` counts training pictures over all
    epochs, reading, augmentation and validation included; ``step_images_per_second`` over the
    training steps alone.
    """

    model: str
    base: str
    images: int
    classes: int
    held_out: int
    rejected: int
    epochs: int
    seconds: float
    images_per_second: float
    step_images_per_second: float
    recall_at_1: float | None
    base_recall_at_1: float | None
    accuracy: float | None
