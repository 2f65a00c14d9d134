"""What the emulated workspace holds and how it misbehaves: one typed object, all times in simulated seconds."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr

from jsl_pipeline.emulator.workspace_settings import WorkspaceSettings
from jsl_pipeline.schemas import Value


class Waking(StrEnum):
    """What a request gets while the endpoint wakes."""

    HELD = "held"  # waits until the endpoint is awake, then is served
    UNAVAILABLE = "503"
    GATEWAY_TIMEOUT = "504"
    THROTTLED = "429"
    CLOSED = "closed"  # the connection is closed without an answer


class ErrorBody(StrEnum):
    """The forms in which serving gateways word an error."""

    DATABRICKS = "databricks"  # {"error_code": ..., "message": ...}
    ERROR = "error"  # {"error": ...}
    TEXT = "text"
    HTML = "html"
    EMPTY = "empty"


class Latency(Value):
    """How long a request works: `(request + pages x page + tokens x token) x (1 + growth x (busy - 1))`, jittered."""

    request_seconds: float = Field(default=0, ge=0, description="Seconds a request takes, however many pages it has.")
    page_seconds: float = Field(default=0, ge=0, description="Seconds a page adds.")
    token_seconds: float = Field(default=0, ge=0, description="Seconds a token of its answers adds.")
    growth: float = Field(default=0, ge=0, description="Share by which every further busy slot slows all of them.")
    jitter: float = Field(default=0, ge=0, lt=1, description="Each time is drawn evenly within this share around it.")


class Autoscale(Value):
    """Replicas by load: as many as busy slots and waiting requests ask for, between a least and a most."""

    min_slots: int = Field(ge=1, description="Slots while nothing waits, and after it woke.")
    max_slots: int = Field(ge=1, description="Slots at most; what the control API speaks of.")
    step: int = Field(default=4, ge=1, description="Slots of a replica.")
    grow_seconds: float = Field(default=300, ge=0, description="Until another replica answers.")
    shrink_seconds: float = Field(default=300, ge=0, description="A replica that was not needed for so long ends.")


class ScaleToZero(Value):
    """When the endpoint falls asleep and how it wakes."""

    enabled: bool = Field(default=True, description="Whether an idle endpoint falls asleep.")
    idle_seconds: float = Field(default=1800, gt=0, description="Idle time after which it falls asleep.")
    wake_seconds: float = Field(default=180, ge=0, description="From the first request to the first answer.")
    waking: Waking = Field(default=Waking.HELD, description="What a request gets while the endpoint wakes.")
    start_asleep: bool = Field(default=False, description="Begin asleep.")
    failing_wakes: int = Field(default=0, ge=0, description="So many first wakes end in a failed deployment.")
    asleep_ready: Literal["READY", "NOT_READY"] = Field(
        default="READY", description="`state.ready` while asleep; live workspaces may show either. [unconfirmed]"
    )
    waking_ready: Literal["READY", "NOT_READY"] = Field(
        default="NOT_READY", description="`state.ready` while waking. [unconfirmed]"
    )
    error_body: ErrorBody = Field(default=ErrorBody.DATABRICKS, description="Form of error answers while waking.")


class Effect(StrEnum):
    """What a fault does. The first five strike a whole request, the others spoil the text of one page."""

    STATUS = "status"  # refused with `status`, before any work
    RESET = "reset"  # request read, connection reset before any work
    FAIL = "fail"  # the work is done, then `status`
    LOSE = "lose"  # the work is done, then the connection is reset: the answer is lost
    TEAR = "tear"  # half of the answer is sent, then the connection is reset
    PROSE = "prose"  # no JSON at all
    TRUNCATED = "truncated"  # the second half is missing, finish_reason "length"
    WHITESPACE = "whitespace"  # a loop of white space until the token limit
    REFUSAL = "refusal"
    EMPTY = "empty"
    FENCED = "fenced"  # good JSON in a Markdown fence
    TRAILING_COMMA = "trailing_comma"
    SHIFT_DECIMAL = "shift_decimal"  # a strength with its point in the wrong place
    DROP_ROW = "drop_row"  # a medication left out
    INVENT_DRUG = "invent_drug"  # a medication that the page does not have

    @property
    def spoils_text(self) -> bool:
        """Whether it strikes the text of one page instead of a whole request."""
        return self not in (Effect.STATUS, Effect.RESET, Effect.FAIL, Effect.LOSE, Effect.TEAR)

    @property
    def looks_right(self) -> bool:
        """Whether what it spoils is still an answer."""
        return self in (Effect.SHIFT_DECIMAL, Effect.DROP_ROW, Effect.INVENT_DRUG)


class Fault(Value):
    """One scripted fault. It strikes where all conditions that are given hold."""

    effect: Effect
    probability: float = Field(default=1, ge=0, le=1, description="Drawn with the emulator's seed.")
    every: int | None = Field(default=None, ge=1, description="Every n-th time that the other conditions hold.")
    pages: frozenset[str] = Field(default=frozenset(), description="sha256 of image bytes: poison pages.")
    every_page: int | None = Field(default=None, ge=1, description="Every n-th distinct page is poison for good.")
    question: Literal["first", "later"] | None = Field(
        default=None,
        description="Strikes the first prompt about a page, or others. What looks right and was said to the first is "
        "said again to others, but to one that names its place.",
    )
    from_seconds: float = Field(default=0, ge=0, description="Start of the window, since the emulator began.")
    until_seconds: float | None = Field(default=None, gt=0, description="End of the window; open where unset.")
    times: int | None = Field(default=None, ge=1, description="Strikes at most so often.")
    status: int = Field(default=500, ge=400, le=599, description="For effects `status` and `fail`.")
    message: str = Field(default="Injected fault.", description="Text of the error answer.")
    body: ErrorBody = Field(default=ErrorBody.DATABRICKS, description="Form of the error answer.")
    retry_after_seconds: float | None = Field(default=None, ge=0, description="Sent as Retry-After (real seconds).")
    delay_seconds: float = Field(default=0, ge=0, description="Time that passes before effect `status` or `reset`.")

    @property
    def needs_pages(self) -> bool:
        """Whether it can only be judged with the sha256 of each page."""
        return bool(self.pages) or self.every_page is not None or self.question is not None or self.effect.looks_right


class Step(Value):
    """One scripted change of the endpoint."""

    at_seconds: float = Field(ge=0, description="Since the emulator began.")
    do: Literal["slots", "sleep", "wake", "fail", "update", "stop", "start", "outage", "close"] = Field(
        description="`outage` refuses new connections, `close` accepts and drops them; both end open ones."
    )
    value: float = Field(default=0, ge=0, description="Slots, or the seconds of an update, outage or close.")


class CannedReader(Value):
    """Answers every page with the same candidate, at almost no cost."""

    kind: Literal["canned"] = "canned"
    text: str | None = Field(default=None, description="The answer; a short valid candidate where unset.")
    mark: bool = Field(default=False, description="Begin prescriber.license_no with the page's sha256: shows mix-ups.")


class OcrReader(Value):
    """Reads each page with the project's OCR engine."""

    kind: Literal["ocr"] = "ocr"
    workers: int | None = Field(default=None, ge=1, description="Processes; one a core where unset.")


class ProxyReader(Value):
    """Passes each page on to a real OpenAI-compatible server."""

    kind: Literal["proxy"] = "proxy"
    url: str = Field(description="Base URL of the server, without /v1/chat/completions.")
    model: str = Field(description="Model name that the server expects.")
    token: SecretStr | None = Field(default=None, description="Bearer token of the server.")


ReaderSettings = Annotated[CannedReader | OcrReader | ProxyReader, Field(discriminator="kind")]


class EmulatorSettings(Value):
    """A workspace with one endpoint. Times are simulated seconds unless said otherwise."""

    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8765, ge=0, le=65535, description="0 takes a free port.")
    token: SecretStr = Field(default=SecretStr("emulator-token"), description="Bearer token that is accepted.")
    client_id: str = Field(default="emulator-client", description="OAuth M2M client id.")
    client_secret: SecretStr = Field(default=SecretStr("emulator-secret"), description="OAuth M2M client secret.")
    oauth_token_seconds: float = Field(default=3600, gt=0, description="Life of an OAuth token (real seconds).")
    endpoint: str = Field(default="jsl-vl", description="Name of the serving endpoint.")
    model: str = Field(default="main.models.jsl_medm_vl", description="Name of the served entity.")
    workload_type: str = Field(default="GPU_MEDIUM", description="As the control API reports it.")
    workload_size: str = Field(default="Small", description="As the control API reports it.")
    gpus: int = Field(default=1, ge=1, description="Cards in the metrics.")
    used_gpus: int | None = Field(default=None, ge=0, description="Cards that the model uses; all where unset.")
    reader: ReaderSettings = Field(default=CannedReader(), description="Who reads the pages.")
    predictions: Literal["texts", "objects"] = Field(
        default="texts", description="A pyfunc prediction: the text, or {text, finish_reason, usage}."
    )
    logprobs: bool = Field(default=True, description="Tells token probabilities, made up; else refuses to, with 400.")
    slots: int = Field(default=4, ge=1, description="Provisioned concurrency: requests worked on at once.")
    queue: int | None = Field(
        default=8, ge=0, description="Requests that may wait for a slot before the answer is 429; unset: no limit."
    )
    autoscale: Autoscale | None = Field(default=None, description="In place of a fixed number of `slots`.")
    retry_after_seconds: float | None = Field(
        default=None, ge=0, description="Sent as Retry-After with 429 and 503, in real seconds. [unconfirmed]"
    )
    latency: Latency = Latency()
    scale_to_zero: ScaleToZero = ScaleToZero()
    serves_while_updating: bool = Field(default=True, description="The old version answers during an update.")
    request_timeout_seconds: float = Field(default=297, gt=0, description="Answered with 504 after that.")
    payload_limit_bytes: int = Field(default=16 * 1024 * 1024, gt=0, description="Limit of requests and answers.")
    close_over_limit: bool = Field(
        default=False, description="Close the connection during an upload that is too large, instead of a 400."
    )
    abort_on_disconnect: bool = Field(
        default=False, description="A client that leaves frees its slot, as with vLLM; else the work is done anyway."
    )
    faults: tuple[Fault, ...] = ()
    script: tuple[Step, ...] = ()
    workspace: WorkspaceSettings = WorkspaceSettings()
    speed: float = Field(default=1, gt=0, description="Simulated seconds that pass in a real second.")
    seed: int = Field(default=7, description="For faults and jitter.")
    log: Path | None = Field(default=None, description="File of JSON lines, one an invocation or task of a run.")
    hash_pages: bool = Field(default=True, description="Log the sha256 of each page; about 1 ms a page of 1.2 MB.")

    @property
    def needs_hashes(self) -> bool:
        """Whether pages must be decoded and hashed, for the log, a poison rule or a marked answer."""
        marked = isinstance(self.reader, CannedReader) and self.reader.mark
        return self.hash_pages or marked or any(fault.needs_pages for fault in self.faults)
