"""VGG Flower: 102 classes, numbered from 1 in a Matlab file."""

from collections import defaultdict

from meta_dataset.dataset_conversion import class_splits
from meta_dataset.dataset_conversion.conversion import (
    Conversion,
    Places,
    flat_conversion,
)
from meta_dataset.dataset_conversion.images import ImageFile, ImageFiles
from meta_dataset.dataset_conversion.matlab_file import read_array
from meta_dataset.dataset_conversion.raw_data import published_names

NAME = "vgg_flower"


def plan(places: Places) -> Conversion:
    """Returns the conversion of a folder with `imagelabels.mat` and `jpg/`.

    Raises:
      RecordError: the data are missing or damaged.
    """
    root = places.data_root
    names = published_names("VggFlower_labels.txt")
    labels = [f"{number:03d}.{name}" for number, name in enumerate(names, 1)]
    splits = class_splits.load_or_create(NAME, labels, places.splits_root)
    images = defaultdict(list)
    numbers = read_array(root / "imagelabels.mat", "labels")
    for image, number in enumerate(numbers.ravel().tolist(), 1):
        path = root / "jpg" / f"image_{image:05d}.jpg"
        images[int(number)].append(ImageFile(path))

    def images_of(label: str) -> ImageFiles:
        return ImageFiles(tuple(images[int(label[:3])]))

    return flat_conversion(NAME, splits, images_of)
