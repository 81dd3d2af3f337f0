"""Describable Textures: 47 folders of 120 images."""

from meta_dataset.dataset_conversion import class_splits
from meta_dataset.dataset_conversion.conversion import (
    Conversion,
    Places,
    flat_conversion,
)
from meta_dataset.dataset_conversion.images import files_of
from meta_dataset.dataset_conversion.raw_data import folder_names

NAME = "dtd"

# Comes with the class waffled.
_SKIPPED = frozenset({".directory"})


def plan(places: Places) -> Conversion:
    """Returns the conversion of the folder `dtd`, which holds `images/<class>/`.

    Raises:
      RecordError: the data are missing or incomplete.
    """
    images = places.data_root / "images"
    splits = class_splits.load_or_create(NAME, folder_names(images), places.splits_root)
    return flat_conversion(
        NAME, splits, lambda label: files_of(images / label, _SKIPPED)
    )
