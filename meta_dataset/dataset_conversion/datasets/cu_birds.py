"""Caltech-UCSD Birds 200, of 2011: whole images, no boxes."""

from meta_dataset.dataset_conversion import class_splits
from meta_dataset.dataset_conversion.conversion import (
    Conversion,
    Places,
    flat_conversion,
)
from meta_dataset.dataset_conversion.images import files_of
from meta_dataset.dataset_conversion.raw_data import pairs_of

NAME = "cu_birds"


def plan(places: Places) -> Conversion:
    """Returns the conversion of the folder `CUB_200_2011`.

    It holds `classes.txt` (number, name) and `images/<name>/`.

    Raises:
      RecordError: the data are missing or incomplete.
    """
    root = places.data_root
    labels = [name for _, name in pairs_of(root / "classes.txt")]
    splits = class_splits.load_or_create(NAME, labels, places.splits_root)
    return flat_conversion(
        NAME, splits, lambda label: files_of(root / "images" / label)
    )
