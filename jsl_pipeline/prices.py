"""What compute costs: a file of prices with its date and source, the built-in one or the user's own."""

import tomllib
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path

from pydantic import Field, ValidationError

from jsl_pipeline.errors import SettingsError
from jsl_pipeline.schemas import Value


class ServingPrices(Value):
    """Model Serving, infrastructure included."""

    dollars_per_dbu: float = Field(ge=0)
    cpu_dbu_per_hour: float = Field(ge=0, description="Of a CPU endpoint, for each request at once.")
    dbu_per_hour: dict[str, float] = Field(description="Of a replica, by workload type.")


class NodePrice(Value):
    """A machine of a job cluster."""

    dollars_per_hour: float = Field(ge=0, description="To the cloud.")
    dbu_per_hour: float = Field(ge=0, description="To Databricks, in its units.")
    cores: int = Field(ge=1)
    cards: int = Field(default=0, ge=0)


class JobsPrices(Value):
    """Jobs compute."""

    dollars_per_dbu: float = Field(ge=0)
    nodes: dict[str, NodePrice] = Field(default={}, description="By node type.")


class Prices(Value):
    """Prices in US dollars, as somebody read them on a day."""

    read_on: date
    source: str
    serving: ServingPrices
    jobs: JobsPrices

    def replica(self, workload_type: str, dollars_per_dbu: float | None = None) -> float | None:
        """Dollars an hour of an endpoint's replica with GPUs; None where there is no price of it."""
        dbu = self.serving.dbu_per_hour.get(workload_type)
        rate = self.serving.dollars_per_dbu if dollars_per_dbu is None else dollars_per_dbu
        return None if dbu is None else rate * dbu

    def node(self, node_type: str) -> float | None:
        """Dollars an hour of a job cluster's machine, DBUs and cloud together; None where there is no price of it."""
        node = self.jobs.nodes.get(node_type)
        return None if node is None else node.dollars_per_hour + self.jobs.dollars_per_dbu * node.dbu_per_hour


def price_text() -> str:
    """The built-in file, to be copied and edited."""
    return (files("jsl_pipeline") / "prices.toml").read_text(encoding="utf-8")


@cache
def load_prices(path: str | None = None) -> Prices:
    """The prices of a file; the built-in ones where none is named.

    Raises SettingsError for a file that cannot be read, or that says something else than prices.
    """
    try:
        text = price_text() if path is None else Path(path).read_text(encoding="utf-8")
        return Prices.model_validate(tomllib.loads(text))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"The price file {path} cannot be read ({type(error).__name__}).") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"The price file {path} is not TOML: {error}.") from None
    except ValidationError as error:
        reasons = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise SettingsError(f"The price file {path} is wrong. {reasons}") from None
