"""How a model is trained: everything that changes the result, in one validated record."""

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from search.embedding.backbones import DEFAULT_SPEC
from search.errors import BadParameter

LossName = Literal["softmax", "cosine", "arcface", "proxy_anchor", "supcon", "focal", "symmetric"]
_PAIRWISE = ("arcface", "proxy_anchor", "supcon")


class Recipe(BaseModel):
    """How the defaults were chosen, and what they reach, is in docs/quality.md."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    base: str = DEFAULT_SPEC
    teacher: str | None = None
    """The model whose vectors the new one learns to give, with labels or without."""

    # The network.
    dim: int = Field(256, ge=2, le=4096)
    """Length of the vectors; a teacher's, where there is one."""
    freeze: int = Field(2, ge=0)
    """How many of the first stages keep their weights; the stem counts with the first."""
    unfreeze: int = Field(0, ge=0)
    """Epochs after which each further stage, from the last one down, begins to learn; 0: all do
    from the start."""
    dropout: float = Field(0.2, ge=0, lt=1)

    # The pictures.
    size: int | None = Field(None, ge=32, le=1024)
    """Pixels of the side while training; the base's own by default."""
    test_size: int | None = Field(None, ge=32, le=1024)
    """Pixels of the side of the finished model; by default 9/7 of ``size`` where the network takes
    that. Crops show things larger than whole pictures do: Touvron et al., "Fixing the train-test
    resolution discrepancy", NeurIPS 2019."""
    flip: bool = False
    """Average a picture and its mirror image in the finished model: better, at half the speed."""
    crop: float = Field(0.25, gt=0, le=1)
    """The smallest share of a picture that a crop keeps."""
    rotate: float = Field(20, ge=0, le=180)
    colour: float = Field(0.3, ge=0, le=1)
    erase: float = Field(0.2, ge=0, le=1)
    randaugment: int = Field(0, ge=0, le=30)
    """Magnitude of RandAugment in place of rotation and colour; 0: these two."""
    mix: float = Field(0.0, ge=0, le=1)
    """The share of batches that MixUp or CutMix blends."""

    # The objective.
    loss: LossName = "cosine"
    scale: float = Field(16, gt=0)
    margin: float = Field(0.2, ge=0, le=1)
    """Of arcface in radians, of proxy_anchor in cosine."""
    smoothing: float = Field(0.1, ge=0, lt=1)
    levels: float = Field(0.3, ge=0)
    """The weight of each category level above the classes themselves."""

    # The optimisation.
    epochs: int = Field(14, ge=1)
    batch: int = Field(32, ge=2)
    accumulate: int = Field(1, ge=1)
    balance: Literal["none", "classes", "products"] = "none"
    """``classes`` draws rare classes more often (by the root of their number), ``products`` puts
    four images of each class that it draws into a batch."""
    optimizer: Literal["adamw", "sgd"] = "adamw"
    learning_rate: float = Field(1e-3, gt=0)
    weight_decay: float = Field(0.02, ge=0)
    layer_decay: float = Field(0.15, gt=0, le=1)
    """How fast the first stage learns, as a share of the last one's rate; geometric between."""
    head_rate: float = Field(1.0, gt=0)
    """How fast the head learns, as a multiple of the last stage's rate."""
    warmup: float = Field(0.1, ge=0, lt=1)
    average: float = Field(0.99, ge=0, lt=1)
    """Decay of the moving average of the weights; 0: none."""
    patience: int = Field(0, ge=0)
    """Stop after so many epochs without a better Recall@1 of held-out images; 0: never."""
    holdout: float = Field(0.1, ge=0, le=0.5)
    """The share of images that is held out to follow the run; 0 trains on everything."""
    precision: Literal["bfloat16", "float32"] = "bfloat16"
    seed: int = Field(0, ge=0)

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.mix and self.loss in _PAIRWISE:
            raise ValueError(f"mix blends classes, which {self.loss} cannot take; set mix=0")
        if self.patience and not self.holdout:
            raise ValueError("patience needs held-out images; set holdout above 0")
        return self

    @classmethod
    def of(cls, values: Mapping[str, object]) -> Self:
        """From names and values as typed; raises BadParameter with what is wrong with the first."""
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            first = error.errors()[0]
            name = ".".join(str(part) for part in first["loc"])
            known = "" if name in cls.model_fields else f"; known are {', '.join(cls.model_fields)}"
            reason = first["msg"].removeprefix("Value error, ")
            raise BadParameter(f"The recipe's {name or 'values'}: {reason}{known}.") from error
