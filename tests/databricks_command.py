"""A stand-in for the command `databricks`, as far as docs/databricks.md shows it; the real one is no Python package.

Of a bundle it deploys the volume alone: the emulator has one endpoint, and no stored jobs.
"""

import sys
from pathlib import Path

from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import NotFound
from databricks.sdk.service.catalog import VolumeType

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.bundle import ROOT, Bundle


def deploy(client: WorkspaceClient, bundle: Bundle) -> None:
    for volume in bundle.resources["volumes"].values():
        try:
            client.volumes.read(f"{volume['catalog_name']}.{volume['schema_name']}.{volume['name']}")
        except NotFound:
            kind = VolumeType(volume["volume_type"])
            client.volumes.create(volume["catalog_name"], volume["schema_name"], volume["name"], kind)


def main(client: WorkspaceClient) -> None:
    match sys.argv[1:]:
        case ["bundle", "deploy", "--target", target, "--var", given] if Path.cwd() == ROOT:
            name, _, value = given.partition("=")
            deploy(client, Bundle(target, **{name: value}))
        case ["secrets", "create-scope", scope]:
            client.secrets.create_scope(scope)
        case ["secrets", "put-secret", scope, key, "--string-value", value]:
            client.secrets.put_secret(scope, key, string_value=value)
        case ["fs", "mkdir", path]:
            client.files.create_directory(path.removeprefix("dbfs:"))
        case ["fs", "cp", source, target] if target.endswith("/"):
            with Path(source).open("rb") as file:
                client.files.upload(target.removeprefix("dbfs:") + Path(source).name, file)
        case other:
            sys.exit(f"The stand-in for `databricks` does not know {other}.")


if __name__ == "__main__":
    main(WorkspaceClient())
