"""What was measured of an endpoint: the file that `probe` writes and `plan` reads."""

from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, Field, ValidationError

from jsl_pipeline.errors import SettingsError
from jsl_pipeline.schemas import Value


class Step(Value):
    """What one load showed: so many requests in flight, each of so many pages, for a while."""

    concurrency: int = Field(ge=1, description="Requests in flight.")
    pages_a_request: int = Field(ge=1)
    requests: int = Field(ge=0, description="That were sent, refused ones included.")
    pages_per_second: float = Field(ge=0)
    mean_seconds: float = Field(ge=0, description="Of the requests that were answered.")
    p50_seconds: float = Field(ge=0)
    p95_seconds: float = Field(ge=0)
    refused: int = Field(default=0, ge=0, description="Requests that were answered with 429.")
    failed: int = Field(default=0, ge=0, description="Requests that came to nothing for another reason.")


class PageTime(Value):
    """Where the time of a page goes when it is asked for alone, in seconds. None is what could not be told apart.

    Either `overhead` and `intake` are known, from comparing requests, or `preparation` and `prefill`, from metrics.
    """

    wire: float | None = Field(default=None, description="Until the request was handed over, and back.")
    queue: float | None = Field(default=None, description="Waiting at the endpoint for a slot, at the knee.")
    overhead: float | None = Field(
        default=None, description="What a request takes whatever its page is: gateway, prompt; as a white pixel shows."
    )
    intake: float | None = Field(
        default=None, description="Preparation and prefill together, where nobody tells them apart."
    )
    preparation: float | None = Field(default=None, description="The image becomes what the model takes.")
    prefill: float | None = Field(default=None, description="The model takes in image and prompt.")
    decode: float | None = Field(default=None, description="The model writes its answer.")


class Profile(Value):
    """An endpoint as it was measured with its user's own pages."""

    version: Literal[1] = 1
    measured_at: AwareDatetime
    endpoint: str = Field(description="Name of the endpoint.")
    model: str = ""
    protocol: str
    workload_type: str | None = Field(default=None, description="E.g. GPU_MEDIUM, where the control API says it.")
    concurrency: int | None = Field(default=None, description="Requests at once that the control API speaks of.")
    pages: int = Field(ge=1, description="Different pages that were asked.")
    page_bytes: int = Field(ge=1, description="Mean size of an image.")
    prompt_tokens: float | None = Field(default=None, description="Of a page, mean, where the endpoint counts them.")
    completion_tokens: float | None = Field(default=None, description="Of a page, mean, where it counts them.")

    request_seconds: float = Field(ge=0, description="What a request takes alone, whatever it holds ...")
    page_seconds: float = Field(ge=0, description="... and what each of its pages adds.")
    pages_a_request: int = Field(ge=1, description="The request size that pays.")
    knee: int = Field(ge=1, description="The fewest requests in flight with at least 95 % of the capacity.")
    capacity: float = Field(gt=0, description="Most pages a second, whatever is in flight.")
    spread: float = Field(default=0, ge=0, description="Standard deviation over mean of a request's time at the knee.")
    accepts: int | None = Field(default=None, description="Requests at once above which it refused; None: never met.")
    capacity_error: float = Field(default=0, ge=0, description="Standard error of the capacity over the capacity.")
    time: PageTime = PageTime()
    remarks: tuple[str, ...] = Field(default=(), description="What to know before trusting it, a sentence each.")
    steps: tuple[Step, ...] = Field(description="All loads tried, by request size and concurrency.")

    requests: int = Field(ge=0, description="Sent in all.")
    seconds: float = Field(ge=0, description="That the measurement took.")
    dollars: float | None = Field(default=None, description="What the endpoint cost in that time, where known.")


def read_profile(path: Path) -> Profile:
    """The profile in a file. Raises SettingsError where there is none that can be read."""
    try:
        return Profile.model_validate_json(path.read_bytes())
    except OSError as error:
        reason = f"cannot be read ({type(error).__name__})"
    except ValidationError:
        reason = "is none, or of another version"
    raise SettingsError(f"The profile {path} {reason}: `jsl-pipeline probe` makes one.")
