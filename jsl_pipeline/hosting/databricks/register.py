"""Log the model with MLflow and register it in Unity Catalog, as a custom LLM that Model Serving can start.

Runs in a workspace, in a notebook on serverless GPU compute: the README beside it says how. All it does is in
`model.json` and `requirements.txt`, beside it, too.
"""

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def main(weights: str | None = None) -> str:
    """Register a new version and return its number. `weights`: a folder that this machine sees, such as a Volume's."""
    import mlflow  # pyright: ignore[reportMissingImports]
    from mlflow.pyfunc.model import ChatCompletionResponse, ChatModel  # pyright: ignore[reportMissingImports]

    # Within a function, so that it is stored by value: a serving container has no module `register`.
    class Unused(ChatModel):  # pyright: ignore[reportUntypedBaseClass]
        """Model Serving starts the entrypoint and never asks this; MLflow wants a model to log."""

        def predict(self, context: object, messages: object, params: object) -> object:
            return ChatCompletionResponse.from_dict({"choices": []})

    model: dict[str, Any] = json.loads((HERE / "model.json").read_text())
    requirements = (HERE / "requirements.txt").read_text().splitlines()
    mlflow.set_registry_uri("databricks-uc")
    # /Workspace takes no large files.
    with tempfile.TemporaryDirectory() as local:
        folder = Path(local) / model["artifact"]
        _fetch(model, weights, folder)
        logged = mlflow.pyfunc.log_model(
            name=model["artifact"],
            python_model=Unused(),
            artifacts={"weights": str(folder)},  # lies as artifacts/<name of the folder>, where the entrypoint begins
            metadata={"task": "llm/v1/chat", "entrypoint": model["entrypoint"]},
            pip_requirements=[line for line in requirements if line and not line.startswith("#")],
        )
        version = mlflow.register_model(
            logged.model_uri, model["name"], await_registration_for=3600, env_pack="databricks_model_serving"
        )
    return str(version.version)


def _fetch(model: dict[str, Any], weights: str | None, folder: Path) -> None:
    if weights or model["hub"] is None:
        shutil.copytree(weights or model["weights"], folder)
    else:
        from huggingface_hub import snapshot_download  # pyright: ignore[reportMissingImports]

        snapshot_download(repo_id=model["hub"], revision=model["revision"], local_dir=folder)
    if not (folder / "config.json").is_file():
        raise FileNotFoundError(f"There is no config.json among the weights in {folder}.")


if __name__ == "__main__":
    print(main())  # noqa: T201
