"""Which datasets there are, and which of them can be converted.

A dataset is a module of `datasets/` with a function `plan(places) -> Conversion`, imported
when it is asked for: one needs Pillow alone, another a reader of Matlab files.
"""

import importlib

from meta_dataset.dataset_conversion.conversion import Conversion, Places
from meta_dataset.errors import UsageError
from meta_dataset.run_files import EVALUATION_DATASETS

# Every name that `--dataset` accepts; the last one serves diagnostics only.
DATASETS = (*EVALUATION_DATASETS, "mini_imagenet")

CONVERTED_DATASETS = (
    "omniglot",
    "aircraft",
    "cu_birds",
    "dtd",
    "vgg_flower",
    "traffic_sign",
)


def check(dataset: str) -> None:
    """Makes sure that a dataset can be converted.

    Raises:
      UsageError: there is no dataset of this name, or no converter for it yet.
    """
    if dataset not in DATASETS:
        raise UsageError(f"unknown dataset {dataset!r}; give one of: {_list(DATASETS)}")
    if dataset not in CONVERTED_DATASETS:
        raise UsageError(
            f"there is no converter for {dataset} yet; there are converters for: "
            f"{_list(CONVERTED_DATASETS)}"
        )


def plan(dataset: str, places: Places) -> Conversion:
    """Returns the conversion of a dataset; reads its folders, but no image.

    Raises:
      UsageError: as in `check`.
      RecordError: the raw data are missing or incomplete.
    """
    check(dataset)
    module = importlib.import_module(f"{__package__}.datasets.{dataset}")
    return module.plan(places)


def _list(names: tuple[str, ...]) -> str:
    return ", ".join(names)
