"""The landing folder that is drawn to try the pipeline on."""

import json
import subprocess
import sys
from collections import Counter

import pytest

from jsl_pipeline.evaluation import load_labels
from jsl_pipeline.ingest import Limits, open_document
from jsl_pipeline.schemas import FileKind, Rejection
from jsl_pipeline.synthetic import Fate, write_landing, write_volume

SAMPLE_LABEL_KEYS = {
    "file": str,
    "licence": str,
    "document_kind": str,
    "style": str,
    "labelled_by": str,
    "patient": dict,
    "date": dict | None,
    "prescriber": dict,
    "facility": str | None,
    "medications": list,
    "other_fields": dict,
    "notes": str | None,
}


@pytest.fixture(scope="module")
def truth(tmp_path_factory):
    return write_landing(tmp_path_factory.mktemp("drawn") / "landing")


def contents(folder):
    return {each.name: each.read_bytes() for each in sorted(folder.iterdir())}


def test_the_folder_holds_what_the_truth_says(truth):
    assert sorted(each.name for each in truth.files) == sorted(contents(truth.landing))
    fates = Counter(each.fate for each in truth.files)
    assert fates == {Fate.RECORD: 10, Fate.REJECTED: 2, Fate.DUPLICATE: 1, Fate.BLANK: 1}


def test_every_file_opens_to_the_pages_it_should_or_is_refused(truth):
    kinds = Counter()
    for file in truth.files:
        opened = open_document((truth.landing / file.name).read_bytes(), Limits())
        if isinstance(opened, Rejection):
            assert file.fate is Fate.REJECTED
            continue
        assert file.fate is not Fate.REJECTED
        with opened:
            assert opened.page_count == file.pages
            kinds[opened.kind] += 1
    assert set(kinds) == set(FileKind)


def test_the_duplicate_has_the_bytes_of_its_original_and_no_other_file_has_a_twin(truth):
    (duplicate,) = (each for each in truth.files if each.duplicate_of)
    files = contents(truth.landing)
    assert files[duplicate.name] == files[duplicate.duplicate_of]
    assert len(set(files.values())) == len(files) - 1


def test_labels_are_beside_the_folder_one_for_each_document_with_something_to_say(truth):
    assert truth.labels.parent == truth.landing.parent
    labels = load_labels(truth.labels)
    said = [each.name for each in truth.files if each.fate is Fate.RECORD]
    assert sorted(each.file.split("/")[-1] for each in labels) == sorted(said)


def test_labels_have_the_form_of_the_samples(truth):
    for path in truth.labels.iterdir():
        label = json.loads(path.read_text(encoding="utf-8"))
        assert set(label) == set(SAMPLE_LABEL_KEYS)
        for key, kind in SAMPLE_LABEL_KEYS.items():
            assert isinstance(label[key], kind), key
        assert set(label["patient"]) == {"name", "age", "sex", "dob", "address", "phone", "weight"}
        assert set(label["prescriber"]) == {"name", "license_no", "address", "phone"}


def test_the_same_seed_writes_the_same_bytes_in_another_process(truth, tmp_path):
    script = "import sys, pathlib, jsl_pipeline.synthetic as s; s.write_landing(pathlib.Path(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", script, tmp_path / "landing"], check=True)
    assert contents(tmp_path / "landing") == contents(truth.landing)
    assert contents(tmp_path / "landing-labels") == contents(truth.labels)


def test_another_seed_draws_other_documents(truth, tmp_path):
    other = write_landing(tmp_path / "landing", seed=8)
    before, after = contents(truth.landing), contents(other.landing)
    assert [name for name in before if before[name] == after[name]] == ["empty_1.pdf"]


def test_a_volume_is_as_many_files_and_labels_as_asked(tmp_path):
    volume = write_volume(tmp_path / "volume", 9)
    assert len(volume.files) == len(contents(volume.landing)) == len(contents(volume.labels)) == 9


def test_without_its_libraries_the_error_names_the_extra():
    script = "import sys; sys.modules['reportlab'] = None; import jsl_pipeline.synthetic"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "MissingExtra" in done.stderr
    assert "jsl-pipeline[samples]" in done.stderr
