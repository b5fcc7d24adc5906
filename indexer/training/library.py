"""Lightning: everything here imports it from this module.

It imports torchvision, which must find its operators declared, in every process of a run.
"""

from search.embedding.torchvision_ops import declare_missing_operators

declare_missing_operators()

from lightning import LightningModule, Trainer  # noqa: E402
from lightning.pytorch.callbacks import (  # noqa: E402
    Callback,
    EarlyStopping,
    ModelCheckpoint,
    RichProgressBar,
    WeightAveraging,
)
from lightning.pytorch.loggers import CSVLogger, TensorBoardLogger  # noqa: E402
from lightning.pytorch.strategies import DDPStrategy  # noqa: E402
from lightning.pytorch.utilities import rank_zero_only  # noqa: E402

__all__ = [
    "CSVLogger",
    "Callback",
    "DDPStrategy",
    "EarlyStopping",
    "LightningModule",
    "ModelCheckpoint",
    "RichProgressBar",
    "TensorBoardLogger",
    "Trainer",
    "WeightAveraging",
    "rank_zero_only",
]
