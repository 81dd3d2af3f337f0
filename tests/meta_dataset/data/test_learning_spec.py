import pytest

from meta_dataset.data.learning_spec import (
    BatchSpecification,
    EpisodeSpecification,
    Split,
)


def test_splits_have_the_published_values():
    assert [(split.name, split.value) for split in Split] == [
        ("TRAIN", 0),
        ("VALID", 1),
        ("TEST", 2),
    ]


@pytest.mark.parametrize("name", ["valid", "VALID"])
def test_split_from_name(name):
    assert Split.from_name(name) is Split.VALID


def test_unknown_split_names_the_known_ones():
    with pytest.raises(ValueError, match="'val'.*train, valid, test"):
        Split.from_name("val")


def test_specifications_are_plain_tuples():
    assert BatchSpecification(Split.TRAIN, 256) == (Split.TRAIN, 256)
    assert EpisodeSpecification(Split.TEST, 5, None, 15) == (Split.TEST, 5, None, 15)
