"""Drugs: whether a written name is one that is known, which it may be otherwise, and what it is sold and dosed as.

Nothing here changes a value. `find_drug` offers candidates, `plausible` compares; what follows from either is
for validation and for a person. The vocabulary's sources and licences are in `data/NOTICE.md`.
"""

from jsl_pipeline.drugs.dosing import UsualDose, usual_doses
from jsl_pipeline.drugs.mentions import Mention, find_mentions
from jsl_pipeline.drugs.plausibility import Fit, Plausibility, plausible
from jsl_pipeline.drugs.recognition import Match, Recognition, Status, find_drug
from jsl_pipeline.drugs.similarity import distance, shape
from jsl_pipeline.drugs.vocabulary import Drug

__all__ = [
    "Drug",
    "Fit",
    "Match",
    "Mention",
    "Plausibility",
    "Recognition",
    "Status",
    "UsualDose",
    "distance",
    "find_drug",
    "find_mentions",
    "plausible",
    "shape",
    "usual_doses",
]
