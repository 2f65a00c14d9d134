"""Labels on disk."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from jsl_pipeline.errors import SettingsError
from jsl_pipeline.schemas import Label


def load_labels(folder: Path) -> list[Label]:
    """Every `*.json` label of a folder and those below it, sorted by the path of the document that it describes.

    A label without a `file` describes the document of its own name, in the folder of the same name. Raises
    `SettingsError` where the folder holds no labels, a file is not a label, or two labels describe the same document.
    """
    if not folder.is_dir():
        raise SettingsError("The folder of labels does not exist; give the folder that holds the label files (*.json).")
    labels = sorted(_read(folder), key=lambda label: label.file)
    if not labels:
        raise SettingsError("The folder of labels holds no *.json files.")
    twice = sum(count > 1 for count in Counter(label.file for label in labels).values())
    if twice:
        raise SettingsError(f"Two labels describe the same document, {twice} times; keep one label for each document.")
    return labels


def _read(folder: Path) -> Iterator[Label]:
    for number, path in enumerate(sorted(folder.rglob("*.json")), 1):
        try:
            label = Label.model_validate_json(path.read_bytes())
        except ValidationError as error:
            # The error itself would quote the label, which is a patient's.
            places = ", ".join(".".join(map(str, each["loc"])) or "the file itself" for each in error.errors())
            raise SettingsError(f"File {number} in the folder of labels is not a label; look at: {places}.") from None
        except OSError as error:
            raise SettingsError(
                f"File {number} in the folder of labels cannot be read: {type(error).__name__}."
            ) from None
        own_name = path.relative_to(folder).with_suffix("").as_posix()
        yield label if label.file else label.model_copy(update={"file": own_name})
