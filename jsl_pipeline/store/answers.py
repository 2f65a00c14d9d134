"""The answer journal: what an engine said of a page, kept from the moment it said it.

One small file an answer, written whole, under the digest of the fingerprint and the page's sha256. So an
answer is paid for once, across crashes, reruns and batches, on any file system and with any number of
writers; a changed model, prompt or schema has another digest and asks again.
"""

import hashlib

from pydantic import TypeAdapter, ValidationError

from jsl_pipeline.schemas import Fingerprint, PageFailure, Reading
from jsl_pipeline.store.files import Files

_OUTCOME: TypeAdapter[Reading | PageFailure] = TypeAdapter(Reading | PageFailure)


def digest(fingerprint: Fingerprint) -> str:
    """Short, stable name of a fingerprint: the first 16 hex digits of the sha256 of its JSON."""
    return hashlib.sha256(fingerprint.model_dump_json().encode()).hexdigest()[:16]


class Answers:
    """Answers of one fingerprint."""

    def __init__(self, files: Files, fingerprint: Fingerprint) -> None:
        self._files = files
        self._folder = f"answers/{digest(fingerprint)}"

    def get(self, page_sha: str) -> Reading | PageFailure | None:
        """The answer for a page, or None where it was never answered. A damaged file counts as none."""
        data = self._files.read(self._path(page_sha))
        if data is None:
            return None
        try:
            return _OUTCOME.validate_json(data)
        except ValidationError:
            return None

    def put(self, page_sha: str, outcome: Reading | PageFailure) -> None:
        """Keep an answer. Failures that may pass on another try are not answers: they are asked again."""
        if isinstance(outcome, PageFailure) and outcome.retryable:
            return
        self._files.write(self._path(page_sha), _OUTCOME.dump_json(outcome))

    def _path(self, page_sha: str) -> str:
        return f"{self._folder}/{page_sha[:2]}/{page_sha}.json"
