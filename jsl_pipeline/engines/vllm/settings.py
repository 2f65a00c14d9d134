"""Settings of the engine `vllm`."""

from typing import Literal, Self

from pydantic import Field, model_validator

from jsl_pipeline.hosting import VllmOptions


class VllmSettings(VllmOptions):
    """A model that vLLM holds in this process. It needs the extra `vllm` and a GPU."""

    kind: Literal["vllm"] = "vllm"
    prompt: str | None = Field(default=None, description="Instructions to the model; a new prompt asks pages anew.")
    max_tokens: int = Field(default=1500, ge=16, description="Tokens of an answer.")
    page_tokens: int = Field(default=6000, ge=16, description="Tokens of all answers of a page, repeats included.")
    temperature: float = Field(default=0, ge=0, le=2)
    second_look: bool = Field(
        default=True, description="Ask once more about an answer that fails validation, within `page_tokens`."
    )
    token_probabilities: bool = Field(default=True, description="Keep how likely the model found each value.")
    dollars_per_hour: float | None = Field(
        default=None, ge=0, description="What the machine with the model's cards costs, for the forecasts of a run."
    )
    start_seconds: int = Field(default=2400, ge=1, description="Time that the model may take to load.")
    silent_seconds: float = Field(
        default=600, gt=0, description="Time without any answer after which vLLM is taken for hung, and started anew."
    )
    restarts: int = Field(
        default=8, ge=0, description="How often a batch may start vLLM anew after a crash, before it is given up."
    )

    @model_validator(mode="after")
    def _has_room(self) -> Self:
        if self.page_tokens < self.max_tokens:
            raise ValueError("`page_tokens` is less than `max_tokens`: no page could be asked")
        if self.max_model_len <= self.max_tokens:
            raise ValueError("`max_model_len` leaves no room for a page beside its `max_tokens`")
        return self
