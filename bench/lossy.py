"""Does reading suffer from JPEG? The same prepared pages, lossless and lossy, read by the same OCR.

    python bench/lossy.py ../shared/samples

The folder holds `documents/` and `labels/`. Pages with a text layer are left out, since they are not read from
pixels. Printed for each encoding: bytes and time to encode a page, character error rate against the lossless
reading, and how many labelled drug and patient names the text of their document holds.
"""

import argparse
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from rapidfuzz.distance import Levenshtein

from jsl_pipeline.engines.recognise import Recogniser
from jsl_pipeline.ingest import Limits, OpenDocument, open_document
from jsl_pipeline.preprocess import PreparedPage, PreprocessSettings, prepare
from jsl_pipeline.schemas import Label

LOSSLESS = "png"
BUDGET = PreprocessSettings().target_pixels


@dataclass
class Tally:
    """What one encoding cost and what was read from it."""

    bytes: list[int] = field(default_factory=list)
    encode_ms: list[float] = field(default_factory=list)
    edits: int = 0
    characters: int = 0


def image_pages(documents: Path) -> Iterator[tuple[str, PreparedPage]]:
    """Document name and losslessly prepared page, for the pages that have to be read from pixels."""
    for path in sorted(documents.iterdir()):
        document = open_document(path.read_bytes(), Limits())
        if not isinstance(document, OpenDocument):
            continue
        with document:
            for number in range(1, document.page_count + 1):
                page = prepare(document.render(number, BUDGET), PreprocessSettings(encoding="png"))
                if isinstance(page, PreparedPage) and not page.text_layer:
                    yield path.stem, page


def wanted(labels: Path, documents: set[str]) -> dict[str, dict[str, set[str]]]:
    """Names to look for: kind -> document -> squeezed names."""
    names: dict[str, dict[str, set[str]]] = {"drugs": {}, "patients": {}}
    for document in documents:
        label = Label.model_validate_json((labels / f"{document}.json").read_bytes())
        names["drugs"][document] = {squeezed(medication.name) for medication in label.medications}
        names["patients"][document] = {squeezed(label.patient.name)} if label.patient and label.patient.name else set()
    return names


def squeezed(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def encode(pixels: np.ndarray, encoding: str, tally: Tally) -> np.ndarray:
    """Encode, note the cost, and give back what a reader would decode."""
    options = [] if encoding == LOSSLESS else [cv2.IMWRITE_JPEG_QUALITY, int(encoding)]
    started = time.perf_counter()
    _, encoded = cv2.imencode(".png" if encoding == LOSSLESS else ".jpg", pixels, options)
    tally.encode_ms.append((time.perf_counter() - started) * 1000)
    tally.bytes.append(len(encoded))
    return cv2.imdecode(encoded, cv2.IMREAD_COLOR)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("samples", type=Path)
    parser.add_argument("--qualities", type=int, nargs="+", default=[95, 90, 75])
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    recogniser = Recogniser()
    tallies = {encoding: Tally() for encoding in (LOSSLESS, *map(str, arguments.qualities))}
    texts: dict[str, dict[str, str]] = {encoding: {} for encoding in tallies}
    for document, page in image_pages(arguments.samples / "documents"):
        pixels = cv2.imdecode(np.frombuffer(page.image, np.uint8), cv2.IMREAD_UNCHANGED)
        truth = ""
        for encoding, tally in tallies.items():
            text = "\n".join(line.text for line in recogniser.lines(encode(pixels, encoding, tally)))
            truth = text if encoding == LOSSLESS else truth
            tally.edits += Levenshtein.distance(truth, text)
            tally.characters += len(truth)
            texts[encoding][document] = texts[encoding].get(document, "") + squeezed(text)
    names = wanted(arguments.samples / "labels", set(texts[LOSSLESS]))
    print(
        f"{len(tallies[LOSSLESS].bytes)} pages of {len(texts[LOSSLESS])} documents, one core, OpenCV {cv2.__version__}"
    )
    print(f"{'encoding':<10}{'KB/page':>9}{'ms/page':>9}{'CER':>9}{'drugs':>10}{'patients':>10}")
    for encoding, tally in tallies.items():
        found = {
            kind: sum(name in texts[encoding][document] for document, those in by.items() for name in those)
            for kind, by in names.items()
        }
        total = {kind: sum(map(len, by.values())) for kind, by in names.items()}
        print(
            f"{encoding if encoding == LOSSLESS else 'jpeg ' + encoding:<10}"
            f"{np.mean(tally.bytes) / 1024:>9.0f}{np.mean(tally.encode_ms):>9.1f}"
            f"{tally.edits / max(1, tally.characters):>9.4f}"
            f"{found['drugs']:>6}/{total['drugs']:<3}{found['patients']:>6}/{total['patients']:<3}"
        )


if __name__ == "__main__":
    main()
