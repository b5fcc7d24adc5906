"""Draws docs/images/training.png: loss and accuracy of each epoch, of models that were trained.

.venv/bin/python docs/draw_curves.py "Lite2"=models/lite2 "Lite0 that learns from it"=models/lite0
"""

import json
import sys
from pathlib import Path

from matplotlib.figure import Figure

IMAGE = Path(__file__).parent / "images" / "training.png"


def main() -> None:
    """One line for each model in both pictures."""
    figure = Figure(figsize=(9, 3.2), layout="constrained")
    loss, accuracy = figure.subplots(1, 2)
    for argument in sys.argv[1:]:
        name, _, folder = argument.partition("=")
        epochs = json.loads((Path(folder) / "report.json").read_text())["epochs"]
        numbers = [one["epoch"] for one in epochs]
        loss.plot(numbers, [one["train_loss"] for one in epochs], label=name)
        accuracy.plot(numbers, [100 * one["train_accuracy"] for one in epochs])
    loss.set(xlabel="epoch", ylabel="loss")
    accuracy.set(xlabel="epoch", ylabel="accuracy, %")
    figure.legend(loc="outside lower center", ncols=3, frameon=False)
    figure.savefig(IMAGE, dpi=110)


if __name__ == "__main__":
    main()
