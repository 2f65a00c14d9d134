"""Tables of directions in the styles of several countries, `line => what it says` in the notation of `sig_notation`.

Each table was written, with what it says, before it was first read: American e-prescribing and retail labels
(retail), British labels and Indian prescriptions (labels), orders with drug names, tapers and slips (orders), and all
of these together (mixed). `doubtful` has lines in which a number may be taken for another thing.
"""

from pathlib import Path

import pytest

from jsl_pipeline.clinical.sig import parse_sig
from tests.clinical.sig_notation import said

TABLES = {
    path.stem: [tuple(line.split(" => ")) for line in path.read_text(encoding="utf-8").splitlines()]
    for path in sorted((Path(__file__).parent / "sig_lines").glob("*.txt"))
}
LINES = [line for table in TABLES.values() for line, _ in table]


@pytest.mark.parametrize("name", TABLES)
def test_what_the_lines_of_a_table_say(name: str) -> None:
    wrong = {line: (said(parse_sig(line)), expected) for line, expected in TABLES[name]}
    assert {line: pair for line, pair in wrong.items() if pair[0] != pair[1]} == {}
