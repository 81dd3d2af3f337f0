"""What specifications answer, and how they refuse."""

import pytest

from meta_dataset.data.dataset_spec import (
    DatasetSpecError,
    DatasetSpecification,
    HierarchicalDatasetSpecification,
)
from meta_dataset.data.graph_json import export_graph
from meta_dataset.data.imagenet_specification import Synset
from meta_dataset.data.learning_spec import Split
from meta_dataset.errors import RecordError

KINDS = ["dtd", "omniglot", "ilsvrc_2012"]


def a_spec(**changes):
    values = {
        "name": "tiny",
        "classes_per_split": {Split.TRAIN: 2, Split.VALID: 1, Split.TEST: 1},
        "images_per_class": {0: 5, 1: 6, 2: 7, 3: 8},
        "class_names": {0: "a", 1: "b", 2: "c", 3: "d"},
        "path": "",
        "file_pattern": "{}.tfrecords",
    }
    return DatasetSpecification(**{**values, **changes})


@pytest.mark.parametrize("name", KINDS)
def test_a_restriction_leaves_the_other_splits_where_they_are(
    load_published_spec, name
):
    spec = load_published_spec(name)
    whole = {split: spec.get_classes(split) for split in Split}
    spec.initialize({Split.TRAIN: 6, Split.TEST: 0})
    assert list(spec.get_classes(Split.TRAIN)) == [0, 1, 2, 3, 4, 5]
    assert spec.get_classes(Split.VALID) == whole[Split.VALID]
    assert not spec.get_classes(Split.TEST)


@pytest.mark.parametrize("name", KINDS)
def test_a_restriction_is_kept_but_never_serialised(load_published_spec, name):
    spec = load_published_spec(name)
    before = spec.to_dict()
    spec.initialize({Split.TRAIN: 6})
    assert spec.to_dict() == before
    spec.initialize()
    moved = spec._replace(path="elsewhere")
    assert len(moved.get_classes(Split.TRAIN)) == 6 and moved.path == "elsewhere"
    assert moved != spec
    moved.initialize({Split.TRAIN: 5})
    assert len(spec.get_classes(Split.TRAIN)) == 6


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize(
    "restriction", [{Split.VALID: 1000}, {Split.VALID: -1}, {"valid": 3}]
)
def test_impossible_restrictions(load_published_spec, name, restriction):
    spec = load_published_spec(name)
    with pytest.raises(ValueError, match=name):
        spec.initialize(restriction)
    assert spec == load_published_spec(name)._replace(path=spec.path)


@pytest.mark.parametrize("name", KINDS)
def test_unknown_split(load_published_spec, name):
    with pytest.raises(ValueError, match="no split 'train'"):
        load_published_spec(name).get_classes("train")


@pytest.mark.parametrize("name", ["dtd", "omniglot"])
def test_unknown_file_pattern(load_published_spec, name):
    spec = load_published_spec(name)
    spec._replace(file_pattern="{}_{}.tfrecords").initialize()
    with pytest.raises(ValueError, match="'{}.records'"):
        spec._replace(file_pattern="{}.records").initialize()


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("dtd", RuntimeError),
        ("omniglot", RuntimeError),
        ("ilsvrc_2012", ValueError),
    ],
)
def test_unknown_class(load_published_spec, name, error):
    with pytest.raises(error, match="no class 5000") as caught:
        load_published_spec(name).get_total_images_per_class(5000)
    assert isinstance(caught.value, RecordError)


@pytest.mark.parametrize("name", ["dtd", "omniglot"])
def test_one_number_for_all_classes(load_published_spec, name):
    expected = {"dtd": 120, "omniglot": 20}[name]
    assert load_published_spec(name).get_total_images_per_class() == expected


@pytest.mark.parametrize("name", ["cu_birds", "ilsvrc_2012"])
def test_no_one_number_for_all_classes(load_published_spec, name):
    with pytest.raises(ValueError, match="say which"):
        load_published_spec(name).get_total_images_per_class()


def test_pools():
    spec = a_spec(images_per_class={0: {"train": 3, "test": 2}, 1: 6, 2: 7, 3: 8})
    with pytest.raises(NotImplementedError, match="pools"):
        spec.get_total_images_per_class(0, pool="train")
    with pytest.raises(NotImplementedError, match="pools"):
        spec.get_total_images_per_class(0)
    with pytest.raises(ValueError, match="no pool 'train'"):
        spec.get_total_images_per_class(1, pool="train")


def test_a_split_that_is_not_there():
    spec = a_spec(classes_per_split={Split.TEST: 4})
    assert spec.get_classes(Split.TEST) == range(4)
    with pytest.raises(ValueError, match="no split"):
        spec.get_classes(Split.TRAIN)


def test_flat_specifications_are_values():
    assert a_spec() == a_spec() and a_spec() != a_spec(name="other")
    assert a_spec().to_dict()["__class__"] == "DatasetSpecification"


def test_superclasses(load_published_spec):
    spec = load_published_spec("omniglot")
    assert spec.get_superclasses(Split.VALID) == range(25, 30)
    assert spec.superclass_names[28] == "Tagalog"
    relative, absolute = spec.get_class_ids_from_superclass_subclass_inds(
        Split.VALID, 28, [0, 3]
    )
    assert (relative, absolute) == ([44, 47], [927, 930])
    assert spec.classes_per_split == {
        Split.TRAIN: 883,
        Split.VALID: 81,
        Split.TEST: 659,
    }


def test_graph_of_a_split(load_published_spec):
    spec = load_published_spec("ilsvrc_2012")
    assert spec.class_names_to_ids["n01440764"] == 0
    wn_ids = [node.wn_id for node in spec.get_split_subgraph(Split.TEST)]
    assert wn_ids == sorted(wn_ids) and len(wn_ids) == 180
    with pytest.raises(ValueError, match="no split"):
        spec.get_split_subgraph("test")


def test_graphs_that_cannot_be_exported():
    a, b, stranger = Synset("a", ""), Synset("b", ""), Synset("z", "")
    a.children.add(stranger)
    with pytest.raises(ValueError, match="a is linked to .'z'."):
        export_graph([a, b])
    with pytest.raises(ValueError, match="twice"):
        export_graph([b, Synset("b", "")])


def test_hierarchical_specifications_without_a_file():
    leaf = Synset("a", "")
    spec = HierarchicalDatasetSpecification(
        name="one",
        split_subgraphs={Split.TRAIN: {leaf}, Split.VALID: set(), Split.TEST: set()},
        images_per_class={Split.TRAIN: {leaf: 4}, Split.VALID: {}, Split.TEST: {}},
        class_names={0: "a"},
        path="",
        file_pattern="{}.tfrecords",
    ).initialize()
    assert spec.get_total_images_per_class(0) == 4
    assert spec.get_total_images_per_class() == 4
    assert spec.get_classes(Split.TRAIN) == range(1)
    assert spec != "one"


def test_errors_are_runtime_errors_and_record_errors():
    assert issubclass(DatasetSpecError, RuntimeError)
    assert issubclass(DatasetSpecError, RecordError)
