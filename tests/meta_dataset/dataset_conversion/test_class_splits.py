import json

import pytest

from meta_dataset.dataset_conversion import class_splits
from meta_dataset.dataset_conversion.class_splits import (
    draw_splits,
    load_or_create,
    published_splits,
)
from meta_dataset.errors import RecordError

SEEDED = ("aircraft", "cu_birds", "dtd", "fungi", "mscoco", "quickdraw", "vgg_flower")

# The order of its annotation file is part of mscoco; the others sort their labels, in
# which numbers are padded except for the birds'.
MSCOCO_BEGINS = ("person", "bicycle", "car", "motorcycle", "airplane")


def labels_in_dataset_order(dataset):
    labels = published_splits(dataset).labels
    if dataset == "cu_birds":
        return sorted(labels, key=lambda label: int(label.split(".")[0]))
    return sorted(labels)


@pytest.mark.parametrize("dataset", [d for d in SEEDED if d != "mscoco"])
def test_the_recipe_draws_the_published_splits(dataset):
    published = published_splits(dataset)
    labels = labels_in_dataset_order(dataset)
    drawn = draw_splits(labels, len(published.train), len(published.valid))
    assert drawn == published


def test_the_recipe_draws_the_published_splits_of_mscoco():
    # Without the annotation file the order of its categories is known from the splits:
    # both are increasing in it, so each drawn index must name the label at its rank.
    published = published_splits("mscoco")
    ranks = draw_splits([str(i) for i in range(80)], 0, 40)
    order = dict(zip(ranks.labels, published.labels, strict=True))
    assert tuple(order[str(i)] for i in range(5)) == MSCOCO_BEGINS


def test_traffic_signs_are_all_for_testing():
    splits = published_splits("traffic_sign")
    assert (len(splits.train), len(splits.valid), len(splits.test)) == (0, 0, 43)


def test_a_missing_file_is_created_and_then_read(tmp_path):
    labels = labels_in_dataset_order("dtd")
    created = load_or_create("dtd", labels, tmp_path / "splits")
    path = tmp_path / "splits" / "dtd_splits.json"
    text = path.read_text()
    assert created == published_splits("dtd")
    assert text.startswith('{\n  "train": [\n    "chequered",')
    swapped = json.loads(text)
    swapped["valid"], swapped["test"] = swapped["test"], swapped["valid"]
    path.write_text(json.dumps(swapped))
    read = load_or_create("dtd", labels, tmp_path / "splits")
    assert (read.valid, read.test) == (created.test, created.valid)


def test_without_a_folder_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    labels = labels_in_dataset_order("dtd")
    assert load_or_create("dtd", labels, None) == published_splits("dtd")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("text", ["{", "[]", '{"train": [1], "valid": [], "test": []}'])
def test_an_invalid_file_is_put_aside(tmp_path, caplog, text):
    path = tmp_path / "dtd_splits.json"
    path.write_text(text)
    labels = labels_in_dataset_order("dtd")
    assert load_or_create("dtd", labels, tmp_path) == published_splits("dtd")
    assert path.with_name("dtd_splits.json.invalid").read_text() == text
    assert str(path) in caplog.text


def test_other_classes_than_published_are_refused():
    labels = labels_in_dataset_order("dtd")
    with pytest.raises(RecordError, match="missing: banded, blotchy; unexpected: x"):
        load_or_create("dtd", [*labels[2:], "x"], None)


def test_a_class_in_two_splits_is_refused(tmp_path):
    labels = labels_in_dataset_order("dtd")
    load_or_create("dtd", labels, tmp_path)
    path = tmp_path / "dtd_splits.json"
    splits = json.loads(path.read_text())
    splits["test"].append("banded")
    path.write_text(json.dumps(splits))
    with pytest.raises(RecordError, match="dtd_splits.json.*twice: banded"):
        load_or_create("dtd", labels, tmp_path)


def test_datasets_without_published_splits_have_none():
    with pytest.raises(KeyError):
        class_splits.published_splits("omniglot")
