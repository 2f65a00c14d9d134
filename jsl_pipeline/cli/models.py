"""`jsl-pipeline models` and `package`: what models need, and one of them as a Databricks endpoint."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE
from rich.markup import escape
from rich.table import Table

from jsl_pipeline.cli.console import JsonOption, out, print_json, tell
from jsl_pipeline.cli.serve import checked

if TYPE_CHECKING:
    from jsl_pipeline.hosting import Fit, Gpu, Model, ModelFacts, VllmOptions

_GB = 10**9

ModelArgument = Annotated[str, typer.Argument(help="Folder of weights, or their name on the model hub.")]
LengthOption = Annotated[int, typer.Option("--max-model-len", min=512, help="Tokens of the longest page.")]
QuantizationOption = Annotated[str | None, typer.Option("--quantization", help="fp8, or how weights were stored.")]


def models(
    model: Annotated[
        str | None, typer.Argument(help="Name or folder of one model: what it needs of each card.")
    ] = None,
    max_model_len: LengthOption = 16384,
    json: JsonOption = False,
) -> None:
    """List the models that are known by name and the cards that they need, or what one model needs.

    Memory is estimated: weights are exact, all else is a margin. Any other vision model that vLLM knows can be used,
    too, by its folder or its name on the hub.
    """
    from json import dumps

    from jsl_pipeline.hosting import MODELS

    if model is None:
        if json:
            print_json(dumps({"models": [each.model_dump(mode="json") for each in MODELS]}))
        else:
            out.print(_catalogue(max_model_len))
        return
    known = _known(model)
    fits = list(_fits(known, model, max_model_len))
    if json:
        cards = [
            {"gpu": gpu.model_dump(mode="json"), "quantization": shrunk, "fit": fit.model_dump(mode="json")}
            for gpu, shrunk, fit in fits
        ]
        print_json(dumps({"model": known.model_dump(mode="json"), "cards": cards}))
    else:
        out.print(_cards(model, fits))


def package(
    model: ModelArgument,
    to: Annotated[Path, typer.Option("--to", help="Folder to write; empty, or new.")],
    name: Annotated[str | None, typer.Option("--name", help="catalog.schema.model in Unity Catalog.")] = None,
    workload_type: Annotated[
        str | None, typer.Option("--workload-type", help="Cards of the endpoint, e.g. GPU_MEDIUM; the least with room.")
    ] = None,
    revision: Annotated[str | None, typer.Option("--revision", help="Commit, tag or branch of a hub model.")] = None,
    max_model_len: LengthOption = 16384,
    quantization: QuantizationOption = None,
    force: Annotated[bool, typer.Option("--force", help="Write over the files of a folder that is not empty.")] = False,
) -> None:
    """Write what makes MODEL a custom LLM endpoint of Databricks: registration, bundle, client settings, README.

    Nothing is sent anywhere. What could not be tried in a workspace is marked in the README.
    """
    from jsl_pipeline.hosting import package as package_model

    options = _options(model, max_model_len, quantization, revision)
    written = package_model(options, to, name, workload_type, force)
    tell(f"{len(written.files)} files in {to} for {written.name} on {written.workload_type}.")
    tell(written.memory)
    tell(f"{to / 'README.md'} says what to do with them.")


def _options(model: str, max_model_len: int, quantization: str | None, revision: str | None) -> "VllmOptions":
    from jsl_pipeline.hosting import VllmOptions

    given = {"model": model, "max_model_len": max_model_len, "quantization": quantization, "revision": revision}
    return checked(VllmOptions, given)


def _known(model: str) -> "Model | ModelFacts":
    from jsl_pipeline.errors import SettingsError
    from jsl_pipeline.hosting import find_model, look_at, similar_model

    found = look_at(model) or find_model(model)
    if found is not None:
        return found
    near = similar_model(model)
    hint = f"Is it {near.name}?" if near else "Download it, and give its folder."
    raise SettingsError(f"{model} is not known by name. {hint}")


def _fits(known: "Model | ModelFacts", model: str, max_model_len: int) -> "Iterator[tuple[Gpu, str | None, Fit]]":
    """Each card at 16 bits, and in fp8 where that shrinks it; a workload of several cards shares the model."""
    from jsl_pipeline.hosting import GPUS, Model, fits

    shrinks = isinstance(known, Model) or known.quantization is None
    for gpu in GPUS:
        for quantization in (None, "fp8") if shrinks and gpu.shrinks else (None,):
            options = _options(model, max_model_len, quantization, None)
            spread = options.model_copy(update={"tensor_parallel": gpu.cards})
            yield gpu, quantization, fits(known, gpu, spread)


def _catalogue(max_model_len: int) -> Table:
    from jsl_pipeline.hosting import MODELS

    table = Table(box=SIMPLE, pad_edge=False)
    for name in ("model", "reads", "billions", "GB", "card", "in fp8", "engine"):
        table.add_column(name, justify="right" if name in ("billions", "GB") else "left", no_wrap=True)
    for model in MODELS:
        fits = list(_fits(model, model.name, max_model_len))
        table.add_row(
            model.name,
            "pages" if model.vision else "text, thinks" if model.reasoning else "text",
            f"{model.parameters:g}" + (f", {model.active:g} active" if model.active else ""),
            f"{fits[0][2].needs.weights / _GB:.1f}",
            *(_smallest(fits, quantization) for quantization in (None, "fp8")),
            "jsl" if model.licensed else "vllm",
        )
    return table


def _smallest(fits: "list[tuple[Gpu, str | None, Fit]]", quantization: str | None) -> str:
    return next((gpu.name for gpu, shrunk, fit in fits if shrunk == quantization and fit.ok), "none known")


def _cards(model: str, fits: "list[tuple[Gpu, str | None, Fit]]") -> Table:
    table = Table(box=SIMPLE, pad_edge=False, title=escape(model), title_justify="left")
    for name in ("card", "workload type", "weights", "GB needed", "GB there", "room", "pages at once"):
        table.add_column(name, justify="left" if name in ("card", "workload type", "weights", "room") else "right")
    for gpu, quantization, fit in fits:
        needed, there = f"{fit.needs.total / _GB:.1f}", f"{fit.available / _GB:.1f}"
        room = "[green]yes[/]" if fit.ok else "[red]no[/]"
        shown = gpu.workload_type or ""
        table.add_row(gpu.name, shown, quantization or "as stored", needed, there, room, str(fit.pages or ""))
    return table
