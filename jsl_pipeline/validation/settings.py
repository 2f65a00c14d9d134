"""What can be set of validation."""

from typing import Annotated

from pydantic import Field

from jsl_pipeline.schemas import Value

REVIEW_BELOW = 0.8
"""Confidence of a record below which a person looks at it; docs/trust.md shows what other thresholds would do."""

RuleName = Annotated[str, Field(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$")]


class ValidationSettings(Value):
    """What is checked of a record besides the pipeline's own rules."""

    rules: tuple[RuleName, ...] = Field(
        default=(), description="Rules of your own, `package.module:function`, importable wherever validation runs."
    )
    ocr: bool = Field(
        default=True,
        description="Have CPU OCR read the scans that a model alone has read, so that values can be looked for there: "
        "about a second a page and core. Text layers are looked at in any case.",
    )
    calibration: str | None = Field(
        default=None,
        description="File that `jsl-pipeline calibrate` wrote, readable where validation is started; the package's own "
        "model of confidence where unset.",
    )
    review_below: float = Field(
        default=REVIEW_BELOW,
        ge=0,
        le=1,
        description="A record of less confidence goes to review. Doubts of rules send it there whatever this says; 0 "
        "leaves it to them.",
    )
