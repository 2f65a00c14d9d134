"""The report of `evaluate`, looked at in a real browser."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from jsl_pipeline.evaluation import evaluate, load_labels, score_store
from jsl_pipeline.evaluation.html import Shown, write_html
from tests.evaluation.stores import ANN, fill, truth, write_labels


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("seen")
    named = ANN | {"patient": {"name": "Bob <img src=x onerror=alert(1)>", "dob": "24/05/1979"}}
    store = fill(folder / "this", {"good_1.png": ANN, "odd_1.png": named})
    labels = load_labels(write_labels(folder / "labels", {name: truth() for name in ("good_1.png", "odd_1.png")}))
    scored = score_store(labels, store)
    write_html(folder / "report.html", evaluate(scored), Shown(scored, store), worst=5, day=date(2026, 2, 3))
    return folder / "report.html"


@pytest.fixture(params=[(1400, "light"), (390, "dark")], ids=["wide", "narrow"])
def seen(report: Path, chromium: str, request: pytest.FixtureRequest) -> Iterator[tuple[Page, list[str]]]:
    width, scheme = request.param
    told: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
        page.on("console", lambda message: told.append(message.text))
        page.on(
            "request", lambda asked: told.append(asked.url) if not asked.url.startswith(("file:", "data:")) else None
        )
        page.on("dialog", lambda dialog: told.append(dialog.message))
        page.goto(report.as_uri())
        yield page, told
        browser.close()


def test_it_fits_its_window_and_runs_and_fetches_nothing(seen: tuple[Page, list[str]]) -> None:
    page, told = seen
    expect(page.get_by_text("This file shows what patients' documents say")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert told == []


def test_marks_lie_on_the_page_that_is_shown(seen: tuple[Page, list[str]]) -> None:
    page, _ = seen
    picture = page.locator("article img").first
    expect(picture).to_be_visible()
    assert picture.evaluate("each => each.naturalWidth > 0")
    inside, outside = page.locator("article rect").first.bounding_box(), picture.bounding_box()
    assert inside is not None
    assert outside is not None
    assert outside["x"] <= inside["x"] <= outside["x"] + outside["width"]
    assert outside["y"] <= inside["y"] <= outside["y"] + outside["height"]
