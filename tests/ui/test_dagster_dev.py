"""What a person sees in the Dagster UI, in a real browser, while `dagster dev` does a backfill."""

import os
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from playwright.sync_api import BrowserContext, Page, expect, sync_playwright

from jsl_pipeline.sensors.endpoint import evaluation
from jsl_pipeline.sensors.endpoint_life import News
from jsl_pipeline.stages import account
from jsl_pipeline.store import PageRow
from tests.ui.conftest import Dev, wait_until

SCREENSHOTS = os.environ.get("SCREENSHOTS")  # a folder to keep what the tests saw
PATIENCE = 30_000


@pytest.fixture(scope="module")
def done(dev: Dev) -> Dev:
    """A batch that the daemon ran, asked for on the command line."""
    dev.command.backfill()
    wait_until(lambda: account(dev.command.store, dev.batch).finished)
    return dev


@pytest.fixture(scope="module")
def profile(chromium: str) -> Iterator[BrowserContext]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 1500, "height": 1100})
        context.set_default_timeout(PATIENCE)
        expect.set_options(timeout=PATIENCE)
        yield context
        browser.close()


@pytest.fixture
def browser(profile: BrowserContext, request: pytest.FixtureRequest) -> Iterator[Page]:
    page = profile.new_page()
    yield page
    if SCREENSHOTS:
        page.screenshot(path=Path(SCREENSHOTS) / f"{request.node.name}.png")
    page.close()


def test_a_backfill_is_queued_for_the_daemon_that_runs(done: Dev) -> None:
    log = (done.command.home.parent / "dev.log").read_text()
    assert "Launched 1 runs" in log
    assert done.command.store.tables.count("medications", done.batch) == 1


def test_the_graph_shows_the_groups_in_the_order_of_the_work(done: Dev, browser: Page) -> None:
    browser.goto(f"{done.url}/asset-groups")
    across = []
    for group in ("landing", "cpu_prepare", "gpu_extract", "cpu_validate"):
        node = browser.get_by_text(group, exact=True).last
        expect(node).to_be_visible()
        box = node.bounding_box()
        assert box is not None
        across.append(box["x"])
    assert across == sorted(across)


def test_a_batch_shows_its_counts_and_its_plot(done: Dev, browser: Page) -> None:
    browser.goto(f"{done.url}/assets/pages?view=partitions&partition={done.batch}")
    expect(browser.get_by_text("dagster/row_count")).to_be_visible()
    expect(browser.get_by_role("cell", name="prepared").first).to_be_visible()
    plot = browser.get_by_alt_text("bars")
    expect(plot).to_be_visible()
    assert plot.evaluate("image => image.naturalWidth") > 100


def test_an_asset_explains_itself(done: Dev, browser: Page) -> None:
    browser.goto(f"{done.url}/assets/review_queue?view=overview")
    expect(browser.get_by_text("Documents that a person must look at")).to_be_visible()
    expect(browser.get_by_text("Codes of the issues that caused doubt")).to_be_visible()


def test_a_failing_check_says_which_page_is_missing_and_what_to_do(done: Dev, browser: Page) -> None:
    store = done.command.store
    rows = [PageRow(**row) for row in store.tables.read("pages", done.batch).to_pylist()]
    lost = next(row for row in rows if row.state == "prepared")
    store.tables.replace("pages", done.batch, lambda: [row for row in rows if row is not lost])
    assert not done.execute("extract_batch", done.batch)

    browser.goto(f"{done.url}/assets/extractions?view=checks&checkDetail=pages_accounted_for")
    expect(browser.get_by_text(f"Batch {done.batch}: 1 of 2 pages are missing").first).to_be_visible()
    expect(browser.get_by_text("finished work is kept").first).to_be_visible()
    expect(browser.get_by_role("cell", name=(lost.document_id or "")[:12])).to_be_visible()
    expect(browser.get_by_role("cell", name="not in pages").last).to_be_visible()


def test_an_alarm_of_the_endpoint_stands_out(done: Dev, browser: Page) -> None:
    alarm = evaluation(News("slow", "The endpoint is waking and has not been ready for 21 min 0 s; 9 pages wait."))
    with dg.DagsterInstance.from_config(str(done.command.home)) as instance:
        instance.report_runless_asset_event(alarm)
    browser.goto(f"{done.url}/assets/extractions?view=checks&checkDetail=endpoint_answers")
    expect(browser.get_by_text("has not been ready for 21 min 0 s; 9 pages wait").first).to_be_visible()
    expect(browser.get_by_text("Failed").first).to_be_visible()


def test_sensors_and_the_schedule_are_there_to_be_turned_on(done: Dev, browser: Page) -> None:
    browser.goto(f"{done.url}/automation")
    expect(browser.get_by_text("landing_sensor")).to_be_visible()
    expect(browser.get_by_text("endpoint_sensor")).to_be_visible()
    expect(browser.get_by_text("nightly_sweep")).to_be_visible()
