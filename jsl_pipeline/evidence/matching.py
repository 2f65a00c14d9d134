"""Where a value stands among words that were read: as written, in other words, or nearly as written."""

from collections.abc import Iterator, Sequence

from jsl_pipeline.evidence.counts import NUMBERS, meant
from jsl_pipeline.evidence.likeness import nearly
from jsl_pipeline.evidence.meanings import means_another, same_meaning
from jsl_pipeline.evidence.page import Flow
from jsl_pipeline.evidence.places import Kind, Place
from jsl_pipeline.evidence.text import plain
from jsl_pipeline.schemas import EvidenceMatch


def find_places(value: str, kind: Kind, flows: Sequence[Flow]) -> list[Place]:
    """Where a value stands in the same pieces read in several orders; of the best kind of match that there is."""
    for ways in (_as_written(value, flows), same_meaning(value, kind, flows), nearly(value, kind, flows)):
        found = {tuple((id(p.cell), p.start, p.end) for p in place.pieces): place for place in ways}
        kept = [place for place in found.values() if kind is not Kind.FREQUENCY or not means_another(value, place)]
        if kept:
            return list(meant(kind, kept)) if kind in NUMBERS and value.strip().isdigit() else kept
    return []


def _as_written(value: str, flows: Sequence[Flow]) -> Iterator[Place]:
    for flow in flows:
        yield from (Place(pieces, 1.0, EvidenceMatch.EXACT) for pieces in flow.find(plain(value).text))
