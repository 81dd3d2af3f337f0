"""Omniglot: 1,623 characters of 50 alphabets, each drawn by 20 people.

Lake, Salakhutdinov and Tenenbaum 2015. The alphabets are a level above the classes: an
episode may take all its characters from one of them.
"""

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from meta_dataset.data.dataset_spec import BiLevelDatasetSpecification
from meta_dataset.data.learning_spec import Split
from meta_dataset.dataset_conversion.conversion import (
    FILE_PATTERN,
    Conversion,
    Places,
    RecordClass,
)
from meta_dataset.dataset_conversion.images import ImageFile, ImageFiles
from meta_dataset.errors import RecordError

NAME = "omniglot"

# The five smallest alphabets of the background set, in the published order.
VALID_ALPHABETS = (
    "Blackfoot_(Canadian_Aboriginal_Syllabics)",
    "Ojibwe_(Canadian_Aboriginal_Syllabics)",
    "Inuktitut_(Canadian_Aboriginal_Syllabics)",
    "Tagalog",
    "Alphabet_of_the_Magi",
)


@dataclass(frozen=True)
class Download:
    """One half of the download, and what it must hold to be complete."""

    folder: str
    alphabets: int
    characters: int


BACKGROUND = Download("images_background", alphabets=30, characters=964)
EVALUATION = Download("images_evaluation", alphabets=20, characters=659)
DRAWINGS_PER_CHARACTER = 20


@dataclass(frozen=True)
class Alphabet:
    """A superclass and its classes."""

    name: str
    # Each: folder name, drawings sorted by name.
    characters: tuple[tuple[str, tuple[Path, ...]], ...]


def plan(
    places: Places, background: Download = BACKGROUND, evaluation: Download = EVALUATION
) -> Conversion:
    """Returns the conversion of Omniglot.

    Args:
      places: its data root holds `images_background` and `images_evaluation`; there is
        no splits file, because the two folders are the splits.
      background: what the first of them must hold.
      evaluation: what the second must hold.

    Raises:
      RecordError: a folder is missing or incomplete.
    """
    data_root = places.data_root
    of_background = {a.name: a for a in _alphabets(data_root, background)}
    missing = [name for name in VALID_ALPHABETS if name not in of_background]
    if missing:
        raise RecordError(
            f"{data_root / background.folder}: no alphabet {missing[0]}; unpack "
            f"{background.folder}.zip again"
        )
    alphabets = {
        Split.TRAIN: [a for n, a in of_background.items() if n not in VALID_ALPHABETS],
        Split.VALID: [of_background[name] for name in VALID_ALPHABETS],
        Split.TEST: _alphabets(data_root, evaluation),
    }
    in_order = [alphabet for split in Split for alphabet in alphabets[split]]
    characters = [
        (f"{alphabet.name}-{character}", drawings)
        for alphabet in in_order
        for character, drawings in alphabet.characters
    ]
    classes = tuple(
        # Dark ink on a light ground becomes light ink on dark.
        RecordClass(
            i, name, ImageFiles(tuple(ImageFile(d, invert=True) for d in drawings))
        )
        for i, (name, drawings) in enumerate(characters)
    )
    described = BiLevelDatasetSpecification(
        name=NAME,
        superclasses_per_split={split: len(alphabets[split]) for split in Split},
        classes_per_superclass={i: len(a.characters) for i, a in enumerate(in_order)},
        images_per_class={},
        superclass_names={i: alphabet.name for i, alphabet in enumerate(in_order)},
        class_names={c.class_id: c.name for c in classes},
        path="",
        file_pattern=FILE_PATTERN,
    )
    return Conversion(NAME, classes, functools.partial(_describe, described))


def _describe(
    specification: BiLevelDatasetSpecification,
    folder: Path,
    images_per_class: Mapping[int, int],
) -> BiLevelDatasetSpecification:
    return specification._replace(
        images_per_class=dict(images_per_class), path=str(folder)
    )


def _alphabets(data_root: Path, download: Download) -> list[Alphabet]:
    """Returns the alphabets of one half, both levels sorted by name."""
    root = data_root / download.folder
    alphabets = [
        Alphabet(folder.name, tuple(_characters(folder))) for folder in _folders(root)
    ]
    for what, expected, found in (
        ("alphabets", download.alphabets, len(alphabets)),
        ("characters", download.characters, sum(len(a.characters) for a in alphabets)),
    ):
        if found != expected:
            raise RecordError(
                f"{root}: {found} {what} instead of {expected}; unpack "
                f"{download.folder}.zip again"
            )
    return alphabets


def _characters(alphabet: Path) -> list[tuple[str, tuple[Path, ...]]]:
    characters = []
    for folder in _folders(alphabet):
        drawings = tuple(sorted(folder.glob("*.png")))
        if len(drawings) != DRAWINGS_PER_CHARACTER:
            raise RecordError(
                f"{folder}: {len(drawings)} drawings (*.png) instead of "
                f"{DRAWINGS_PER_CHARACTER}; unpack the dataset again"
            )
        characters.append((folder.name, drawings))
    return characters


def _folders(parent: Path) -> list[Path]:
    try:
        return sorted(path for path in parent.iterdir() if path.is_dir())
    except OSError as error:
        raise RecordError(
            f"{parent}: cannot list the folder ({error.strerror}); "
            "--omniglot_data_root must hold images_background and images_evaluation"
        ) from error
