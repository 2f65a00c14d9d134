"""Readers that look: the OCR engine, and a model server behind the emulator."""

import base64
import io

import cv2
import numpy as np
import pytest
from emulator_client import answer_text, chat, data_url, post, sha, table
from PIL import Image

from jsl_pipeline.emulator import CannedReader, EmulatorSettings, Fault, OcrReader, ProxyReader, running
from jsl_pipeline.schemas import Candidate


def sheet(*lines):
    paper = np.full((1000, 800), 255, np.uint8)
    for number, line in enumerate(lines):
        cv2.putText(paper, line, (60, 90 + 60 * number), cv2.FONT_HERSHEY_SIMPLEX, 1.1, 0, 2, cv2.LINE_AA)
    return cv2.imencode(".png", paper)[1].tobytes()


def asking(image):
    body = chat()
    url = f"data:image/png;base64,{base64.b64encode(image).decode()}"
    body["messages"][0]["content"][1]["image_url"]["url"] = url
    return body


@pytest.fixture(scope="module")
def ocr():
    with running(EmulatorSettings(port=0, reader=OcrReader(workers=1))) as emulator:
        yield emulator


def test_pages_are_read_for_real(ocr):
    page = sheet("Patient: John Miller", "Rx", "1. Amoxicillin 500 mg capsule", "twice daily for 7 days")
    got = post(ocr.endpoint_url(), asking(page))
    candidate = Candidate.model_validate_json(answer_text(got))
    assert [medication.name for medication in candidate.medications] == ["Amoxicillin"]
    assert got.json["usage"]["prompt_tokens"] >= 1000 * 800 // 784


def test_a_dummy_image_is_answered_at_once(ocr):
    dot = io.BytesIO()
    Image.new("L", (1, 1)).save(dot, "PNG")
    got = post(ocr.endpoint_url(), asking(dot.getvalue()))
    assert Candidate.model_validate_json(answer_text(got)) == Candidate()


def test_what_comes_without_an_image_is_said_back(ocr):
    parts = [{"type": "text", "text": "Any allergies?"}, {"type": "text", "text": "None known."}]
    got = post(ocr.endpoint_url(), {"messages": [{"role": "user", "content": parts}]})
    assert answer_text(got) == "Any allergies?\nNone known."
    got = post(ocr.endpoint_url(), {"inputs": {"prompt": "Any allergies?", "max_tokens": 2}})
    assert got.json["completions"] == [{"text": "Any alle", "finish_reason": "length"}]


def test_what_is_no_image_is_refused(ocr):
    assert post(ocr.endpoint_url(), chat()).status == 400


def test_a_proxy_passes_pages_on_in_any_wording():
    with running(EmulatorSettings(port=0, reader=CannedReader(mark=True))) as server:
        reader = ProxyReader(url=server.url, model="jsl-vl", token="emulator-token")
        with running(EmulatorSettings(port=0, reader=reader)) as emulator:
            predictions = post(emulator.endpoint_url(), table([1, 2])).json["predictions"]
            short = post(emulator.endpoint_url(), {"inputs": {"prompt": "", "max_tokens": 5, "image": data_url(3)}})
        seen = [(entry.protocol, entry.pages) for entry in server.log]
    numbers = [Candidate.model_validate_json(text).prescriber.license_no for text in predictions]
    assert numbers == [sha(1), sha(2)]
    assert short.json["completions"][0]["finish_reason"] == "length"
    assert sorted(seen) == sorted(("chat", (sha(number),)) for number in (1, 2, 3))


def test_a_proxy_says_what_the_server_said():
    with running(EmulatorSettings(port=0, faults=[Fault(effect="status", status=429)])) as server:
        reader = ProxyReader(url=server.url, model="jsl-vl", token="emulator-token")
        with running(EmulatorSettings(port=0, reader=reader)) as emulator:
            assert post(emulator.endpoint_url(), chat()).status == 429
    with running(EmulatorSettings(port=0, reader=reader)) as emulator:
        assert post(emulator.endpoint_url(), chat()).status == 503  # the server is gone
