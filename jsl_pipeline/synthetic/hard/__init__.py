"""Hard documents: layouts composed of blocks, marks of hands and stamps, damaged paper and pictures, exact truth."""

from jsl_pipeline.synthetic.hard.damage import DAMAGES
from jsl_pipeline.synthetic.hard.documents import HardDocument, hard_pages
from jsl_pipeline.synthetic.hard.marks import MARKS
from jsl_pipeline.synthetic.hard.places import TruePlace

__all__ = ["DAMAGES", "MARKS", "HardDocument", "TruePlace", "hard_pages"]
