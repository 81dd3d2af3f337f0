import pytest

from meta_dataset.dataset_conversion.dataset_to_records import (
    OmniglotConverter,
    make_example,
)
from meta_dataset.errors import RecordError
from meta_dataset.tfrecord import decode_example


def test_make_example_of_an_image():
    example = make_example([("image", "bytes", [b"JPEG"]), ("label", "int64", [7])])
    assert decode_example(example) == {"image": b"JPEG", "label": 7}


def test_make_example_of_single_values():
    example = make_example([("image", "bytes", b"JPEG"), ("label", "int64", 7)])
    assert decode_example(example) == {"image": b"JPEG", "label": 7}


def test_make_example_of_an_embedding():
    example = make_example(
        [("image/embedding", "float32", [0, 0.5]), ("image/class/label", "int64", [1])]
    )
    assert decode_example(example) == {
        "image/embedding": (0.0, 0.5),
        "image/class/label": 1,
    }


def test_make_example_refuses_unknown_types():
    with pytest.raises(ValueError, match="'label': unknown type 'uint8'"):
        make_example([("label", "uint8", [7])])


def test_a_converter_refuses_another_name(tmp_path):
    with pytest.raises(ValueError, match="writes omniglot"):
        OmniglotConverter("dtd", "omniglot", str(tmp_path / "dtd"))


def test_a_converter_reports_missing_data(tmp_path):
    converter = OmniglotConverter("omniglot", "nowhere", str(tmp_path / "omniglot"))
    with pytest.raises(RecordError, match="nowhere"):
        converter.convert_dataset()
