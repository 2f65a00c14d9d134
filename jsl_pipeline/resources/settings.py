"""Settings as a Dagster resource, so that a run can be given others in the launchpad."""

import dagster as dg
from pydantic import Field

from jsl_pipeline.settings import Settings, load_settings


class SettingsResource(dg.ConfigurableResource):  # pyright: ignore[reportMissingTypeArgument]
    """Where scans arrive, where tables lie, how many cores are used.

    What is unset here comes from `JSL_*` environment variables, then `jsl_pipeline.toml`, then the defaults.
    """

    landing: str | None = Field(default=None, description="Folder or URL where scans arrive.")
    store: str | None = Field(default=None, description="Folder or URL of the store.")
    workers: int | None = Field(default=None, description="CPU worker processes; one a core where unset.")

    def load(self) -> Settings:
        """The settings of this run. Raises SettingsError."""
        return load_settings(landing=self.landing, store=self.store, workers=self.workers)
