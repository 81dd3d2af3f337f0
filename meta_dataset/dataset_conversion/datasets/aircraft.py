"""FGVC-Aircraft, 2013b: 100 variants of 100 images, cropped to their boxes.

The crop also removes the strip with the copyright notice. The original division into
training and test images plays no part: it is one of images, not of classes.
"""

from collections import defaultdict
from pathlib import Path

from meta_dataset.dataset_conversion import class_splits
from meta_dataset.dataset_conversion.conversion import (
    Conversion,
    Places,
    flat_conversion,
)
from meta_dataset.dataset_conversion.images import Box, ImageFile, ImageFiles
from meta_dataset.dataset_conversion.raw_data import lines_of, pairs_of
from meta_dataset.errors import RecordError

NAME = "aircraft"


def plan(places: Places) -> Conversion:
    """Returns the conversion of the folder `fgvc-aircraft-2013b`.

    Raises:
      RecordError: the data are missing, incomplete or contradict themselves.
    """
    data = places.data_root / "data"
    variants = sorted(line.strip() for line in lines_of(data / "variants.txt"))
    splits = class_splits.load_or_create(NAME, variants, places.splits_root)
    boxes = _boxes(data / "images_box.txt")
    names_of = defaultdict(list)
    for part in ("trainval", "test"):
        for image, variant in pairs_of(data / f"images_variant_{part}.txt"):
            names_of[variant].append(image)
    if set(names_of) != set(variants):
        different = min(set(names_of) ^ set(variants))
        raise RecordError(
            f"{data}: variants.txt and the images_variant files do not name the same "
            f"variants ({different!r}); unpack the dataset again"
        )

    def images_of(variant: str) -> ImageFiles:
        missing = [name for name in names_of[variant] if name not in boxes]
        if missing:
            raise RecordError(
                f"{data / 'images_box.txt'}: no box of image {missing[0]}; unpack the "
                "dataset again"
            )
        return ImageFiles(
            tuple(
                ImageFile(data / "images" / f"{name}.jpg", box=boxes[name])
                for name in sorted(names_of[variant])
            )
        )

    return flat_conversion(NAME, splits, images_of)


def _boxes(path: Path) -> dict[str, Box]:
    """Reads lines of name, xmin, ymin, xmax, ymax; the numbers are taken as they are."""
    boxes = {}
    for name, numbers in pairs_of(path):
        try:
            left, upper, right, lower = map(int, numbers.split())
        except ValueError as error:
            raise RecordError(
                f"{path}: the box of {name} is not four whole numbers: {numbers!r}; "
                "unpack the dataset again"
            ) from error
        boxes[name] = (left, upper, right, lower)
    return boxes
