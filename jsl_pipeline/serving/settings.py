"""Settings of an endpoint: where it is, how it is spoken to, what a request may hold, when it is woken."""

from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import ConfigDict, Field, field_validator, model_validator

from jsl_pipeline.schemas import Secret, Value
from jsl_pipeline.serving.windows import Window

MIB = 2**20

ProtocolName = Literal["chat", "dataframe_split", "dataframe_records", "inputs", "instances", "completion", "form"]

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class WakeSettings(Value):
    """When the endpoint is woken, kept awake and let go."""

    timeout_seconds: float = Field(default=1800, gt=0, description="Time a run waits for the endpoint to be ready.")
    alarm_seconds: float = Field(default=1200, gt=0, description="Waking for longer than this raises an alarm.")
    keep_warm: tuple[Window, ...] = Field(
        default=(), description="Times in which it is kept awake, e.g. 'Mon-Fri 07:00-18:00 Europe/Berlin'."
    )
    keep_warm_every_seconds: float = Field(
        default=1200, gt=0, description="Pause between dummy requests in such a time; endpoints sleep after 30 minutes."
    )
    sleep_when_done: bool = Field(
        default=False, description="Stop the endpoint once nothing waits for it; needs the right to manage it."
    )


class GatherSettings(Value):
    """Whether little work waits for more rather than wake a sleeping endpoint. Off where `max_wait_seconds` is 0."""

    max_wait_seconds: float = Field(default=0, ge=0, description="The longest that prepared pages wait for others.")
    max_dollars_per_page: float = Field(
        default=0.02, gt=0, description="Waking is worth it once its cost, over the pages that wait, is at most this."
    )


class PriceSettings(Value):
    """What the endpoint costs while it is awake."""

    dollars_per_hour: float | None = Field(
        default=None, ge=0, description="Price of an hour; where unset, taken from the workload type where known."
    )
    file: str | None = Field(
        default=None, description="Your own file of prices, as `jsl-pipeline plan --show-prices` prints; else built in."
    )
    dollars_per_dbu: float | None = Field(
        default=None, ge=0, description="Price of a DBU of Model Serving; that of the file where unset."
    )
    wake_seconds: float = Field(default=720, ge=0, description="Paid or lost time of a cold start.")
    idle_seconds: float = Field(default=1800, ge=0, description="Idle time that is paid before it sleeps again.")


class EndpointSettings(Value):
    """A model behind HTTP: a Databricks serving endpoint, a vLLM server, an on-premises container."""

    model_config = ConfigDict(hide_input_in_errors=True)  # it may be the token

    kind: Literal["endpoint"] = "endpoint"
    url: str = Field(
        description="Workspace, e.g. https://adb-1.azuredatabricks.net, or base of a server that speaks OpenAI chat."
    )
    name: str | None = Field(
        default=None,
        pattern=r"^[A-Za-z0-9_-][A-Za-z0-9_.-]*$",
        description="Serving endpoint of the workspace; unset for a server of its own.",
    )
    invocations_url: str | None = Field(
        default=None, description="Where requests go, if not where the workspace or server has them: route-optimized."
    )
    protocol: ProtocolName = Field(default="chat", description="How pages are sent and answers come back.")
    model: str = Field(
        default="", description="Model name and version. Sent where the protocol names one; a new one asks pages anew."
    )
    auth: Literal["none", "token", "databricks"] = Field(
        default="token", description="`databricks`: OAuth and all that its SDK knows, inside and outside Databricks."
    )
    token: Secret | None = Field(default=None, description="Bearer token, best as a reference such as env:JSL_TOKEN.")
    ca_file: str | None = Field(default=None, description="Certificates to trust besides the system's.")
    plain_http: bool = Field(default=False, description="Allow http:// to a host that is not this machine.")

    prompt: str | None = Field(default=None, description="Instructions to the model; a new prompt asks pages anew.")
    max_tokens: int = Field(default=1500, ge=16, description="Tokens of an answer.")
    page_tokens: int = Field(default=6000, ge=16, description="Tokens of all answers of a page, repeats included.")
    temperature: float = Field(default=0, ge=0, le=2)
    second_look: bool = Field(
        default=True, description="Ask once more about an answer that fails validation, within `page_tokens`."
    )
    token_probabilities: bool = Field(
        default=False, description="Ask for the probability of each token; for `chat`, and not every endpoint has them."
    )
    image_field: str = Field(default="image", description="Name of the image column or input.")
    prompt_field: str = Field(default="prompt", description="Name of the prompt column or input.")
    data_url: bool = Field(default=False, description="Send table and input images as data URLs, not bare base64.")

    max_request_bytes: int = Field(default=16 * MIB, ge=1024, description="Most bytes of a request.")
    max_request_seconds: float = Field(default=297, gt=0, description="Longest a request may take.")
    max_request_pages: int = Field(default=8, ge=1, description="Most pages of a request; chat always takes one.")
    page_seconds: float = Field(default=6, gt=0, description="First guess of the time a page takes; then measured.")
    page_deadline_seconds: float = Field(
        default=1800, gt=0, description="Time a page may be worked on, the endpoint's own waits left out."
    )
    concurrency: int | None = Field(
        default=None, ge=1, description="Requests in flight to begin with; found by itself where unset."
    )
    max_concurrency: int = Field(default=1024, ge=1, description="Never more requests in flight than these.")
    share: float = Field(default=1, gt=0, le=1, description="This process's part of the endpoint's concurrency.")

    wake: WakeSettings = WakeSettings()
    gather: GatherSettings = GatherSettings()
    price: PriceSettings = PriceSettings()

    @field_validator("url", "invocations_url")
    @classmethod
    def _is_a_url(cls, url: str | None) -> str | None:
        if url is None:
            return None
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
            raise ValueError("give a URL such as https://host")
        if parts.username or parts.password or parts.query or parts.fragment:
            raise ValueError("a URL holds no user, password, query or fragment here; secrets go into `token`")
        return url.rstrip("/")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.auth == "token" and self.token is None:
            raise ValueError("`token` is missing; give it as env:NAME, or set `auth` to none or databricks")
        for url in (self.url, self.invocations_url):
            parts = urlsplit(url or self.url)
            if parts.scheme == "http" and parts.hostname not in _LOOPBACK and not self.plain_http:
                raise ValueError("http:// would send pages and token unprotected; use https:// or set `plain_http`")
        if self.page_tokens < self.max_tokens:
            raise ValueError("`page_tokens` is less than `max_tokens`: no page could be asked")
        if self.token_probabilities and self.protocol != "chat":
            raise ValueError("`token_probabilities` are only told where `protocol` is chat")
        return self

    @property
    def request_url(self) -> str:
        """Where pages are sent."""
        if self.invocations_url:
            return self.invocations_url
        if self.name:
            return f"{self.url}/serving-endpoints/{self.name}/invocations"
        return self.url if self.protocol != "chat" else f"{self.server_url}/v1/chat/completions"

    @property
    def server_url(self) -> str:
        """Base of a server of its own, above `/health` and `/v1`."""
        return self.url.removesuffix("/v1")

    @property
    def status_url(self) -> str | None:
        """Where the control API tells the endpoint's state; None for a server of its own."""
        return f"{self.url}/api/2.0/serving-endpoints/{self.name}" if self.name else None

    @property
    def metrics_url(self) -> str:
        """Where its metrics page is, if it has one."""
        return f"{self.status_url or self.server_url}/metrics"

    @property
    def identity(self) -> str:
        """What people know it by: its name in the workspace, or the URL of a server of its own."""
        return self.name or self.server_url
