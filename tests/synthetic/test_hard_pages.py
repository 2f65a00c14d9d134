"""Hard documents: the label and the places say what stands on the pictures, through every mark and damage."""

import json
import re
from random import Random

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from jsl_pipeline.cli.app import app
from jsl_pipeline.ingest import Limits, open_document
from jsl_pipeline.synthetic import hard_pages
from jsl_pipeline.synthetic.camera import rendered
from jsl_pipeline.synthetic.hard import DAMAGES, MARKS
from jsl_pipeline.synthetic.hard.sheet import words
from jsl_pipeline.synthetic.hard.shot import Shot
from jsl_pipeline.synthetic.paper import LETTER, SANS, Paper


@pytest.fixture(scope="module")
def documents():
    return list(hard_pages(36, seed=5))


def picture(document, page_no):
    opened = open_document(document.data, Limits())
    with opened:
        pixels = opened.render(page_no, 1_000_000).pixels
    return pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY)


def test_a_document_is_the_same_whatever_the_count(documents):
    assert list(hard_pages(3, seed=5)) == documents[:3]
    assert len({each.data for each in documents}) == len(documents)


def test_every_value_of_the_label_has_a_place_and_no_place_has_another_value(documents):
    for document in documents:
        placed = {each.field for each in document.places if not each.field.startswith("struck")}
        for field in placed:
            assert words(document.label, field) not in ("", "None")
        said = {f"medications[{at}].name" for at in range(len(document.label.medications))}
        said |= {f"patient.{name}" for name, value in document.label.patient if value is not None}
        said |= {f"prescriber.{name}" for name, value in document.label.prescriber if value is not None}
        assert said <= placed
        assert placed <= said | {"date", "facility"} | {each for each in placed if each.startswith("medications")}


def test_pages_differ_in_layout_marks_and_damages_and_their_style_tells_which(documents):
    seen = {name for each in documents for name in (*each.marks, *each.damages)}
    assert len(seen & set(DAMAGES)) > 12
    assert len(seen & set(MARKS)) > 5
    assert len({each.layout[1:4] for each in documents}) > 30
    for each in documents:
        for name in (*each.layout, *each.marks, *each.damages):
            assert name in each.label.style


@pytest.mark.parametrize("name", DAMAGES)
def test_points_go_where_a_damage_moves_their_ink(name):
    paper = Paper(Random(1), LETTER)
    marks = [(90.0 + 140 * column, 120.0 + 180 * row) for column in range(4) for row in range(4)]
    for x, y in marks:
        paper.box(x - 5, y - 5, 10, 10, fill=(0.0, 0.0, 0.0), line=None)
    paper.text(60, 60, "Some words to be level with", SANS.pen(14))
    (page,) = rendered(paper.close())
    damaged = DAMAGES[name].do(Shot(page), np.random.default_rng(3))
    grey = cv2.cvtColor(damaged.picture, cv2.COLOR_RGB2GRAY).astype(float)
    for x, y in damaged.move(np.array(marks) * 150 / 72):
        inside = grey[int(y) - 2 : int(y) + 3, int(x) - 2 : int(x) + 3].mean()
        around = np.median(grey[int(y) - 28 : int(y) + 29, int(x) - 28 : int(x) + 29])
        assert inside < around - 50


def test_ink_stands_in_the_places(documents):
    for document in documents:
        for page_no, (wide, tall) in enumerate(document.sizes, 1):
            grey = picture(document, page_no)
            across, down = grey.shape[1] / wide, grey.shape[0] / tall
            for place in (each for each in document.places if each.page_no == page_no):
                for left, top, right, bottom in place.boxes:
                    inside = grey[
                        int(top * down) : int(bottom * down) + 1, int(left * across) : int(right * across) + 1
                    ]
                    dark, light = np.percentile(inside, (2, 98))
                    assert light - dark > 25, (document.name, place.field)


def test_a_struck_medication_leaves_the_truth_and_keeps_its_place(documents):
    found = [each for each in documents if "struck medication" in each.marks]
    assert found
    for document in found:
        fields = {each.field for each in document.places}
        assert any(re.fullmatch(r"struck\[\d+\]\.name", field) for field in fields)
        numbers = {int(re.findall(r"\d+", each)[0]) for each in fields if each.startswith("medications")}
        assert numbers == set(range(len(document.label.medications)))


def test_the_command_writes_files_labels_and_places(tmp_path):
    done = CliRunner().invoke(app, ["sample", str(tmp_path / "landing"), "--hard", "--pages", "3", "--seed", "2"])
    assert done.exit_code == 0, done.output
    names = {each.stem for each in (tmp_path / "landing").iterdir()}
    for beside in ("landing-labels", "landing-places"):
        assert {each.stem for each in (tmp_path / beside).iterdir()} == names == {f"hard_{n:05d}" for n in range(3)}
    said = json.loads((tmp_path / "landing-places" / "hard_00000.json").read_text())
    assert said["damages"]
    assert said["places"]
