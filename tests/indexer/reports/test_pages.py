"""Pages show what merchants and trainers gave as text, run nothing and fetch nothing."""

import io
import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from rich.console import Console

from indexer.asking import Failure
from indexer.evaluating.figures import summarize
from indexer.evaluating.judging import Found, Judged
from indexer.evaluating.records import Evaluation
from indexer.progress import Steps
from indexer.reports.evaluation import write_evaluation_report
from indexer.reports.training import Epoch, TrainingFacts, write_training_report
from indexer.requirements import parse_requirement
from search.answers import IndexState
from search.images.thumbnails import data_uri, data_uri_of

NASTY = "<script>alert(1)</script><img src=https://evil.example/x.png onerror='x()'> & \"q\""

Draw = Callable[..., Image.Image]
Picture = Callable[[Path, int], Path]
ReadPage = Callable[[str], Any]


def a_photo(image: str, category: str, predicted: str, rank: int | None, **more: Any) -> Judged:
    known: dict[str, Any] = {"by": "product", "precision": 1 / rank if rank else 0.0, "first": ()}
    return Judged(image=image, category=category, predicted=predicted, rank=rank, **known | more)


def evaluated(*photos: Judged, bars: tuple[str, ...] = (), **more: Any) -> Evaluation:
    requirements = [parse_requirement(one) for one in bars]
    index = IndexState(7, 1, more.pop("model", "m"), "2026-01-02T03:04:05")
    return replace(summarize(index, photos, [], requirements), **more)


class TestEvaluationPage:
    @pytest.fixture
    def page_of(self, tmp_path: Path) -> Callable[[Evaluation], str]:
        def write(evaluation: Evaluation) -> str:
            path = tmp_path / "page.html"
            with Steps(Console(file=io.StringIO())) as steps:
                write_evaluation_report(path, evaluation, (), steps)
            return path.read_text(encoding="utf-8")

        return write

    def test_shows_whatever_merchants_write_as_text(
        self, page_of: Callable[[Evaluation], str], read_page: ReadPage
    ) -> None:
        first = (Found(NASTY, NASTY, 0.5, "", True), Found(NASTY, "", 0.4, "", False))
        photo = a_photo(NASTY, NASTY, f"{NASTY}2", 2, first=first)
        failed = [Failure(NASTY, NASTY)]
        html = page_of(evaluated(photo, model=NASTY, failed=failed))
        page = read_page(html)
        assert "img" not in page.elements
        assert page.text.count(NASTY) >= 7, "model, category, confusion, results, photo left out"

    def test_shows_figures_categories_confusions_and_bars(
        self, page_of: Callable[[Evaluation], str], read_page: ReadPage
    ) -> None:
        photos = [
            a_photo("a.jpg", "A > B", "A > B", 1),
            a_photo("b.jpg", "A > B", "A > C", None),
            a_photo("c.jpg", "A > C", "", 4),
        ]
        html = page_of(evaluated(*photos, bars=("recall@1>=0.9", "map>0.1", "category@8>0")))
        page = read_page(html)
        assert "Evaluation of version 7" in page.text
        for text in ("Recall@1", "mAP", "Macro F1", "33.3%", "built 2026-01-02", "A > C", "nothing",
                     "not in the first 100", "right one at 4", "(not measured)"):  # fmt: skip
            assert text in page.text, text
        assert (html.count(">met<"), html.count(">missed<")) == (1, 2)
        assert page.elements.count("svg") == 1, "the confusions are drawn into the page"
        assert "a.jpg" not in page.text, "it was found at once"

    def test_leaves_out_what_there_is_none_of(
        self, page_of: Callable[[Evaluation], str], read_page: ReadPage
    ) -> None:
        page = read_page(page_of(evaluated(a_photo("a.jpg", "", "", 1))))
        for text in ("Each category", "taken for others", "The worst photos", "Left out", "Macro"):
            assert text not in page.text, text
        assert "svg" not in page.elements

    def test_shows_pictures_where_there_are_any(
        self,
        page_of: Callable[[Evaluation], str],
        read_page: ReadPage,
        picture: Picture,
        tmp_path: Path,
    ) -> None:
        there = str(picture(tmp_path / "p.png", 1))
        gone = str(tmp_path / "gone.png")
        first = tuple(Found("p", "Vase", 0.5, one, False) for one in (there, gone, ""))
        page = read_page(page_of(evaluated(a_photo(there, "", "", None, first=first))))
        assert page.elements.count("img") == 2
        assert page.text.count("no picture") == 2

    def test_can_hold_half_a_surrogate_pair(
        self, page_of: Callable[[Evaluation], str], read_page: ReadPage
    ) -> None:
        page = read_page(page_of(evaluated(a_photo("bad\udc80name.jpg", "A", "B", 2))))
        assert "bad?name.jpg" in page.text

    def test_of_more_categories_than_fit_draws_the_most_confused(
        self, page_of: Callable[[Evaluation], str], read_page: ReadPage
    ) -> None:
        photos = [a_photo("x.jpg", f"A{one:02}", f"A{one ^ 1:02}", 1) for one in range(20)]
        html = page_of(evaluated(*photos))
        read_page(html)
        assert html.count("<figure") == 1


class TestThumbnail:
    def test_is_a_small_picture_in_an_address(self, draw: Draw) -> None:
        uri = data_uri(draw(1, 640, 320))
        assert uri.startswith("data:image/jpeg;base64,")
        assert len(uri) < 20_000

    def test_does_not_change_the_picture(self, draw: Draw) -> None:
        picture = draw(1, 640, 320)
        data_uri(picture)
        assert picture.size == (640, 320)

    def test_of_what_cannot_be_read_is_none(self, tmp_path: Path) -> None:
        (tmp_path / "page.png").write_text("<html>")
        assert data_uri_of(tmp_path / "page.png") is None
        assert data_uri_of(tmp_path / "gone.png") is None
        assert data_uri_of("") is None


def an_epoch(number: int, loss: float = 0.5, val_loss: float | None = 0.7) -> Epoch:
    measured = None if val_loss is None else 0.5
    return Epoch(number, loss, 0.9, val_loss, measured, measured, 0.001, 2.0)


def a_run(folder: Path, **changes: Any) -> TrainingFacts:
    """Four held-out images of three classes, one of which was taken for another."""
    known: dict[str, Any] = {
        "model": "shop-v1",
        "recipe": {"loss": "softmax", "epochs": 2, "size": None},
        "epochs": [an_epoch(1), an_epoch(2)],
        "classes": ["A", "B", "C"],
        "true": np.array([0, 0, 1, 1]),
        "predicted": np.array([0, 1, 1, 1]),
        "scores": np.array([0.9, 0.8, 0.7, 0.6]),
        "images": [folder / f"{number}.png" for number in range(4)],
        "images_per_second": 100.0,
        "step_images_per_second": 200.0,
    }
    return TrainingFacts(**known | changes)


NOTHING_HELD: dict[str, Any] = {
    "true": np.empty(0, np.int64),
    "predicted": np.empty(0, np.int64),
    "scores": np.empty(0),
    "images": [],
}


class TestTrainingReport:
    @pytest.fixture
    def report_of(self, tmp_path: Path) -> Callable[[TrainingFacts], tuple[dict[str, Any], str]]:
        """Write a report and read both files, the JSON by the letter."""

        def refuse(constant: str) -> None:
            raise AssertionError(f"{constant} is no JSON")

        def write(facts: TrainingFacts) -> tuple[dict[str, Any], str]:
            folder = tmp_path / "new" / "report"
            write_training_report(folder, facts)
            text = (folder / "report.json").read_text(encoding="utf-8")
            page = (folder / "report.html").read_text(encoding="utf-8")
            return json.loads(text, parse_constant=refuse), page

        return write

    def test_holds_every_figure_as_json(self, report_of: Any, tmp_path: Path) -> None:
        found, _ = report_of(a_run(tmp_path))
        assert (found["model"], found["held_out"], len(found["epochs"])) == ("shop-v1", 4, 2)
        assert found["recipe"] == {"loss": "softmax", "epochs": 2, "size": None}
        assert found["metrics"]["accuracy"]["value"] == 0.75
        assert found["metrics"]["recall"]["value"] == 0.75
        a, b, c = found["classes"]
        assert a == {"name": "A", "images": 2, "precision": 1, "recall": 0.5, "f1": a["f1"]}
        assert (b["images"], b["recall"], c["images"]) == (2, 1.0, 0)
        (mistake,) = found["mistakes"]
        wanted = {"image": str(tmp_path / "1.png"), "true": "A", "predicted": "B", "score": 0.8}
        assert mistake == wanted

    def test_shows_the_run_and_the_mistakes(
        self, report_of: Any, read_page: ReadPage, picture: Picture, tmp_path: Path
    ) -> None:
        picture(tmp_path / "1.png", 1)
        _, html = report_of(a_run(tmp_path))
        page = read_page(html)
        assert page.elements.count("svg") == 4, "loss, accuracy, learning rate, confusions"
        assert page.elements.count("img") == 1
        for text in ("Training of shop-v1", "75.0%", "B 80%", "1.png", "softmax"):
            assert text in page.text, text

    def test_puts_the_most_confident_mistakes_first(self, report_of: Any, tmp_path: Path) -> None:
        wrong = np.array([2, 1, 0, 1])
        found, _ = report_of(a_run(tmp_path, predicted=wrong, scores=np.array([0.2, 0.9, 0.5, 1])))
        assert [one["score"] for one in found["mistakes"]] == [0.9, 0.5, 0.2]

    def test_without_held_out_images_says_so(
        self, report_of: Any, read_page: ReadPage, tmp_path: Path
    ) -> None:
        epochs = [an_epoch(1, val_loss=None)]
        found, html = report_of(a_run(tmp_path, epochs=epochs, **NOTHING_HELD))
        assert (found["held_out"], found["metrics"], found["mistakes"]) == (0, {}, [])
        assert found["epochs"][0]["val_loss"] is None
        page = read_page(html)
        assert "No image was held out" in page.text
        assert "Each class" not in page.text
        assert page.elements.count("svg") == 3

    def test_of_a_run_that_diverged_is_null_where_it_is_not_finite(
        self, report_of: Any, read_page: ReadPage, tmp_path: Path
    ) -> None:
        epochs = [an_epoch(1), an_epoch(2, math.nan, math.inf), an_epoch(3, math.nan, math.nan)]
        found, html = report_of(a_run(tmp_path, epochs=epochs))
        assert [one["train_loss"] for one in found["epochs"]] == [0.5, None, None]
        assert [one["val_loss"] for one in found["epochs"]] == [0.7, None, None]
        assert read_page(html).elements.count("svg") == 4

    def test_of_a_run_without_epochs_or_classes_can_be_written(
        self, report_of: Any, read_page: ReadPage, tmp_path: Path
    ) -> None:
        found, html = report_of(a_run(tmp_path, epochs=[], classes=[], **NOTHING_HELD))
        assert (found["epochs"], found["classes"]) == ([], [])
        assert "svg" not in read_page(html).elements

    def test_shows_whatever_merchants_write_as_text(
        self, report_of: Any, read_page: ReadPage, tmp_path: Path
    ) -> None:
        images = [tmp_path / NASTY.replace("/", "") for _ in range(4)]
        changes = {"model": NASTY, "recipe": {NASTY: NASTY}, "classes": [NASTY, "B", NASTY]}
        found, html = report_of(a_run(tmp_path, images=images, **changes))
        page = read_page(html)
        assert page.text.count(NASTY) >= 6
        assert found["model"] == NASTY

    def test_can_hold_a_file_name_that_is_no_unicode(
        self, report_of: Any, read_page: ReadPage, tmp_path: Path
    ) -> None:
        images = [tmp_path / "bad\udc80name.jpg"] * 4
        found, html = report_of(a_run(tmp_path, images=images))
        assert found["mistakes"][0]["image"].endswith("bad?name.jpg")
        assert "bad?name.jpg" in read_page(html).text
