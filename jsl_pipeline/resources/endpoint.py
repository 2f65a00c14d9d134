"""The serving endpoint as a Dagster resource: what it is doing, waking it, letting it go."""

import dagster as dg

from jsl_pipeline.serving import Control, EndpointSettings, open_control
from jsl_pipeline.settings import Settings


class EndpointResource(dg.ConfigurableResource):  # pyright: ignore[reportMissingTypeArgument]
    """Control of the endpoint that the settings name. It has no settings of its own."""

    def control(self, settings: Settings) -> Control | None:
        """Control of the endpoint; None where the engine is not an endpoint. Opens no connection yet."""
        return open_control(settings.engine) if isinstance(settings.engine, EndpointSettings) else None
