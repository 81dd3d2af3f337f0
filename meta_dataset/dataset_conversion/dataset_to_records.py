"""The names under which downstream code imports the conversion.

Notebooks build records of their own data with `encode_image` and `make_example`, and
scripts call one converter class a dataset. The work is done elsewhere in this package.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, ClassVar

from meta_dataset.dataset_conversion import registry
from meta_dataset.dataset_conversion.conversion import Places, convert
from meta_dataset.dataset_conversion.images import encode_image
from meta_dataset.tfrecord import encode_example

__all__ = [
    "AircraftConverter",
    "CUBirdsConverter",
    "DTDConverter",
    "DatasetConverter",
    "OmniglotConverter",
    "TrafficSignConverter",
    "VGGFlowerConverter",
    "encode_image",
    "make_example",
]

_CASTS = {"bytes": bytes, "int64": int, "float32": float}


def make_example(features: Iterable[tuple[str, str, Sequence[Any]]]) -> bytes:
    """Returns a serialized `tf.train.Example`.

    Args:
      features: (key, type, values), type one of 'bytes', 'int64' and 'float32'; a
        single value may stand for a list of one.

    Raises:
      ValueError: an unknown type, or a value that does not fit it.
    """
    values: dict[str, Any] = {}
    for key, kind, value in features:
        if kind not in _CASTS:
            raise ValueError(
                f"feature {key!r}: unknown type {kind!r}; give one of {list(_CASTS)}"
            )
        one = isinstance(value, bytes) or not hasattr(value, "__iter__")
        values[key] = [_CASTS[kind](v) for v in ([value] if one else value)]
    return encode_example(values)


class DatasetConverter:
    """Converts one dataset when `convert_dataset` is called.

    Args:
      name: kept for callers of the published class; must be the dataset's name.
      data_root: folder of the raw data.
      records_path: folder of this dataset's records; its last part is `name`.
      splits_root: folder of the splits files; None uses the published splits.
    """

    dataset: ClassVar[str]

    def __init__(
        self,
        name: str,
        data_root: str,
        records_path: str,
        splits_root: str | None = None,
    ):
        if name != self.dataset or Path(records_path).name != name:
            raise ValueError(
                f"{type(self).__name__} writes {self.dataset}: got the name {name!r} "
                f"and the folder {records_path}"
            )
        self._records_root = Path(records_path).parent
        self._places = Places(
            Path(data_root), Path(splits_root) if splits_root else None
        )

    def convert_dataset(self) -> None:
        """Writes the class files and `dataset_spec.json`.

        Raises:
          RecordError: the raw data are missing, incomplete or unreadable.
          OSError: the records cannot be written.
        """
        convert([registry.plan(self.dataset, self._places)], self._records_root)


class OmniglotConverter(DatasetConverter):
    """Converts Omniglot."""

    dataset = "omniglot"


class AircraftConverter(DatasetConverter):
    """Converts FGVC-Aircraft."""

    dataset = "aircraft"


class CUBirdsConverter(DatasetConverter):
    """Converts Caltech-UCSD Birds."""

    dataset = "cu_birds"


class DTDConverter(DatasetConverter):
    """Converts Describable Textures."""

    dataset = "dtd"


class VGGFlowerConverter(DatasetConverter):
    """Converts VGG Flower."""

    dataset = "vgg_flower"


class TrafficSignConverter(DatasetConverter):
    """Converts the German traffic signs."""

    dataset = "traffic_sign"
