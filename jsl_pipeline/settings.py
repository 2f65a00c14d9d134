"""All settings as one typed object. Entry points load it; nobody else reads the environment.

Sources, the first that says something wins: arguments, environment variables `JSL_*` (nested with two
underscores: `JSL_ENGINE__KIND=ocr`), `jsl_pipeline.toml` in the working directory, the defaults here.
"""

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from jsl_pipeline.batches import Batching
from jsl_pipeline.clusters import ComputeSettings
from jsl_pipeline.engines import EngineSettings, OcrSettings
from jsl_pipeline.errors import SettingsError
from jsl_pipeline.ingest import Landing, Limits
from jsl_pipeline.preprocess import PreprocessSettings
from jsl_pipeline.schemas import Option, Value
from jsl_pipeline.store import Store
from jsl_pipeline.validation import ValidationSettings


class Rates(Value):
    """Shares above which a batch is reported as unusual. They warn; they stop nothing."""

    rejected: float = Field(default=0.10, ge=0, le=1, description="Rejected files of all files.")
    blank: float = Field(default=0.30, ge=0, le=1, description="Blank pages of all pages.")
    failed: float = Field(default=0.02, ge=0, le=1, description="Failed pages of all pages.")
    review: float = Field(default=0.25, ge=0, le=1, description="Documents for review of all documents.")


class Settings(BaseSettings):
    """Everything that can be set, with its unit and default."""

    model_config = SettingsConfigDict(
        env_prefix="JSL_",
        env_nested_delimiter="__",
        toml_file="jsl_pipeline.toml",
        frozen=True,
        extra="forbid",
    )

    landing: str = Field(default="var/landing", description="URL or folder where scans arrive.")
    store: str = Field(default="var/store", description="URL or folder of the store.")
    landing_options: dict[str, Option] = Field(default={}, description="fsspec options of the landing folder.")
    store_options: dict[str, Option] = Field(default={}, description="fsspec options of the store.")
    table_options: dict[str, Option] = Field(default={}, description="deltalake storage options of the store's tables.")
    batching: Batching = Batching()
    limits: Limits = Limits()
    preprocess: PreprocessSettings = PreprocessSettings()
    engine: EngineSettings = OcrSettings()
    compute: ComputeSettings = ComputeSettings()
    validation: ValidationSettings = ValidationSettings()
    rates: Rates = Rates()
    workers: int | None = Field(default=None, ge=1, description="CPU worker processes; one a core where unset.")
    worker_memory_bytes: int = Field(
        default=4 * 2**30, ge=2**30, description="Address space of a process that opens documents, bytes (Linux)."
    )
    pages_per_part: int = Field(default=16, ge=1, le=256, description="Pages a worker prepares and stores at a time.")
    part_timeout_seconds: float = Field(default=120, gt=0, description="Time a worker has for a part.")
    file_timeout_seconds: float = Field(default=60, gt=0, description="Time a worker has to open a file.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments before environment before the file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    def open_store(self) -> Store:
        """The store that these settings name."""
        return Store(self.store, dict(self.store_options), dict(self.table_options))

    def open_landing(self) -> Landing:
        """The landing folder that these settings name."""
        return Landing(self.landing, dict(self.landing_options))


def load_settings(**arguments: object) -> Settings:
    """Settings from all sources; arguments that are None are left out. Raises SettingsError naming the setting."""
    given = {name: value for name, value in arguments.items() if value is not None}
    try:
        return Settings(**given)  # pyright: ignore[reportArgumentType]
    except ValidationError as error:
        # Values may be secrets: only names and reasons are told.
        reasons = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise SettingsError(f"Wrong settings. {reasons}") from None
