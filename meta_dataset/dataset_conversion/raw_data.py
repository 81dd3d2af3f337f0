"""Reading what a download holds besides images: folders, lists, tables of names."""

from importlib import resources
from pathlib import Path

from meta_dataset.errors import RecordError


def folder_names(parent: Path) -> list[str]:
    """Returns the names of the folders in a folder, sorted.

    Raises:
      RecordError: it cannot be listed.
    """
    try:
        return sorted(path.name for path in parent.iterdir() if path.is_dir())
    except OSError as error:
        raise _unreadable(parent, error) from error


def lines_of(path: Path) -> list[str]:
    """Returns the lines of a text file that are not blank.

    Raises:
      RecordError: it cannot be read.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from error
    return [line for line in text.splitlines() if line.strip()]


def pairs_of(path: Path) -> list[tuple[str, str]]:
    """Returns the two halves of each line, divided at its first space.

    Raises:
      RecordError: the file cannot be read, or a line has one word.
    """
    pairs = []
    for number, line in enumerate(lines_of(path), 1):
        first, _, rest = line.strip().partition(" ")
        if not rest:
            raise RecordError(
                f"{path}: line {number} is no pair: {line!r}; unpack the dataset again"
            )
        pairs.append((first, rest.strip()))
    return pairs


def published_names(file_name: str) -> list[str]:
    """Returns the names listed in a published file of this package, comments left out."""
    file = resources.files(__package__) / "names" / file_name
    return [
        line.strip()
        for line in file.read_text("utf-8").splitlines()
        if line.strip() and not line.startswith("#")
    ]


def _unreadable(path: Path, error: Exception) -> RecordError:
    reason = getattr(error, "strerror", None) or error
    return RecordError(
        f"{path}: cannot read it ({reason}); check the data root, or download and unpack "
        "the dataset again"
    )
