"""The report for a browser."""

import re
import stat
import sys
from datetime import date
from pathlib import Path

import pytest

from jsl_pipeline.errors import MissingExtra, SettingsError
from jsl_pipeline.evaluation import evaluate, load_labels, score_store
from jsl_pipeline.evaluation.html import Shown, check_html, write_html
from tests.evaluation.stores import ANN, fill, truth, write_labels

MARKUP = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of five documents, compared with another reading of them."""
    folder = tmp_path_factory.mktemp("report")
    slip = ANN | {"medications": [ANN["medications"][0] | {"strength": "40 mg"}, {"name": "Inventedol"}]}
    named = ANN | {"patient": {"name": f"Bob {MARKUP} & Sons", "dob": "24/05/1979"}}
    answers = {"good_1.png": ANN, "slip_1.png": slip, "odd & <b>_1.png": named, "silent_1.png": None}
    store = fill(folder / "this", answers)
    other = fill(folder / "other", answers | {"slip_1.png": ANN, "good_1.png": slip})
    labels = load_labels(write_labels(folder / "labels", {name: truth() for name in [*answers, "absent_1.png"]}))
    scored, against = score_store(labels, store), score_store(labels, other)
    report = evaluate(scored, against, second_opinion=True)
    write_html(folder / "report.html", report, Shown(scored, store, against), worst=10, day=date(2026, 2, 3))
    return folder / "report.html"


@pytest.fixture
def html(written: Path) -> str:
    return written.read_text(encoding="utf-8")


def article(html: str, file: str) -> str:
    (found,) = re.findall(rf'<article class="document" id="{re.escape(file)}">.*?</article>', html, re.DOTALL)
    return found


def test_only_its_owner_may_read_it_and_nothing_is_left_beside_it(written: Path) -> None:
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    assert {each.name for each in written.parent.iterdir()} == {"this", "other", "labels", "report.html"}


def test_what_documents_say_is_text_and_never_markup(html: str) -> None:
    assert MARKUP not in html
    assert "Bob &lt;script&gt;alert(1)&lt;/script&gt; &amp; Sons" in html
    assert "<b>_1.png" not in html


def test_it_asks_for_nothing_from_elsewhere(html: str) -> None:
    assert "<script" not in html
    assert not re.search(r'(?:src|href)="(?!data:|#)', html)
    assert "url(" not in html
    assert "default-src 'none'" in html


def test_the_head_says_what_was_evaluated_and_that_patients_are_shown(html: str) -> None:
    assert "Evaluation of 5 labelled documents" in html
    assert "2026-02-03" in html
    assert "This file shows what patients' documents say" in html
    assert html.count("Read by scripted, ") == html.count("Compared with: scripted, ") == 1
    assert re.search(r"Critical values unmarked and wrong</span><b[^>]*>\d+\.\d\d", html)


def test_a_wrong_value_stands_beside_its_label_and_the_other_sides(html: str) -> None:
    rows = re.findall(r"<tr>.*?</tr>", article(html, "slip_1.png"), re.DOTALL)
    (strength,) = [row for row in rows if "medications[0].<wbr>strength" in row]
    assert re.findall(r"<td(?: class=\"[\w ]*\")?>(\d+ mg)", strength) == ["400 mg", "40 mg", "400 mg"]
    assert 'class="wrong"' in strength
    assert any("Inventedol" in row and 'class="invented"' in row for row in rows)


def test_the_page_is_shown_with_the_places_of_values(html: str) -> None:
    shown = article(html, "slip_1.png")
    assert 'src="data:image/jpeg;base64,' in shown
    assert re.search(r'<rect class="correct"[^>]*><title>patient.name: correct', shown)


def test_what_was_not_read_is_listed_with_its_reason(html: str) -> None:
    assert re.search(r"<td>silent_1.png</td><td>1</td><td class=\"text\">refused", html)
    assert re.search(r"<td>absent_1.png</td><td>all</td><td class=\"text\">not_found", html)


def test_pages_that_are_gone_from_the_store_are_told(tmp_path: Path) -> None:
    store = fill(tmp_path / "in", {"a_1.png": ANN})
    for part in (tmp_path / "in" / "store" / "pages").rglob("*.parquet"):
        part.unlink()
    scored = score_store(load_labels(write_labels(tmp_path / "labels", {"a_1.png": truth(name="Bob")})), store)
    write_html(tmp_path / "r.html", evaluate(scored), Shown(scored, store), worst=3, day=date(2026, 2, 3))
    assert "Its picture is gone from the store." in (tmp_path / "r.html").read_text(encoding="utf-8")


def test_a_report_that_cannot_be_written_is_refused_before_the_work(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "nowhere" / "report.html"):
        with pytest.raises(SettingsError, match="folder that exists"):
            check_html(path)


def test_without_its_package_a_report_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(MissingExtra, match="evaluation"):
        check_html(tmp_path / "report.html")
