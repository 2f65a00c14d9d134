import json
import subprocess
import sys
from pathlib import Path

import pytest

from jsl_pipeline.errors import SettingsError
from jsl_pipeline.schemas import (
    Candidate,
    PatientRecord,
    Prescription,
    Value,
    json_schema,
    record_schema,
    schema,
    schema_names,
    schema_of,
)

NEW_MODULE = '''
from jsl_pipeline.schemas.model import Value
from jsl_pipeline.schemas.registry import record_schema


@record_schema("lab_report", 1)
class LabReport(Value):
    """A report of laboratory values."""

    haemoglobin: float | None = None


@record_schema("lab_report", 2)
class LabReport2(LabReport):
    """The second version."""
'''
ASK = """
import json, sys
import jsl_pipeline.schemas as schemas
schemas.__path__.append(sys.argv[1])
print(json.dumps([schemas.schema_names(), str(schemas.schema("lab_report")), schemas.json_schema("lab_report@1")]))
"""


def test_the_record_types_are_known_by_name_and_version():
    assert {"candidate@1", "patient@1", "prescription@1"} <= set(schema_names())
    assert schema("prescription@1").model is Prescription
    assert schema("patient").model is PatientRecord
    assert str(schema_of(Candidate)) == "candidate@1"


@pytest.mark.parametrize("name", ["invoice", "prescription@9", "", "@1"])
def test_an_unknown_name_is_answered_with_the_known_ones(name: str):
    with pytest.raises(SettingsError, match="prescription@1"):
        schema(name)


def test_a_model_that_was_never_declared_has_no_name():
    with pytest.raises(SettingsError, match="record_schema"):
        schema_of(Value)


def test_a_name_is_given_once():
    with pytest.raises(ValueError, match="prescription@1 is declared by both"):
        record_schema("prescription", 1)(PatientRecord)
    assert schema("prescription@1").model is Prescription


def test_json_schema_is_closed_and_describes_the_fields():
    exported = json_schema("prescription")
    assert exported["$id"] == "urn:jsl-pipeline:prescription@1"
    assert exported["additionalProperties"] is False
    properties = exported["properties"]
    assert isinstance(properties, dict)
    assert set(properties) == {"patient", "prescriber", "date", "medications"}
    json.dumps(exported)


def test_one_module_in_the_package_adds_a_document_type(tmp_path: Path):
    (tmp_path / "lab_report.py").write_text(NEW_MODULE)
    asked = subprocess.run([sys.executable, "-c", ASK, str(tmp_path)], capture_output=True, text=True, check=True)
    names, latest, exported = json.loads(asked.stdout)
    assert {"lab_report@1", "lab_report@2", "prescription@1"} <= set(names)
    assert latest == "lab_report@2"
    assert "haemoglobin" in exported["properties"]
