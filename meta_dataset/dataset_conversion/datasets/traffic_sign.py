"""German traffic signs: 43 classes, all of them for meta-testing, whole frames.

The frames of a class are sorted by name, so that the thirty of one track, nearly the same
picture, stay together, as in the published records of April 2020. Readers that draw
uniformly from the whole class, as the indexed one here does, are not affected.
"""

from meta_dataset.dataset_conversion import class_splits
from meta_dataset.dataset_conversion.conversion import (
    Conversion,
    Places,
    flat_conversion,
)
from meta_dataset.dataset_conversion.images import ImageFiles, files_of
from meta_dataset.dataset_conversion.raw_data import published_names

NAME = "traffic_sign"


def plan(places: Places) -> Conversion:
    """Returns the conversion of the folder `GTSRB`.

    It holds `Final_Training/Images/<class id, five digits>/*.ppm`.

    Raises:
      RecordError: the data are missing or incomplete.
    """
    images = places.data_root / "Final_Training" / "Images"
    names = published_names("TrafficSign_labels.txt")
    labels = [f"{number:02d}.{name}" for number, name in enumerate(names)]
    splits = class_splits.load_or_create(NAME, labels, places.splits_root)

    def images_of(label: str) -> ImageFiles:
        folder = f"{int(label.split('.')[0]):05d}"
        return files_of(images / folder, frozenset({f"GT-{folder}.csv"}))

    return flat_conversion(NAME, splits, images_of)
