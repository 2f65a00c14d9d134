"""The time as a Dagster resource, so that tests can turn it."""

from datetime import UTC, datetime

import dagster as dg


class Clock(dg.ConfigurableResource):  # pyright: ignore[reportMissingTypeArgument]
    """The time of day."""

    def now(self) -> datetime:
        """Now, in UTC."""
        return datetime.now(UTC)
