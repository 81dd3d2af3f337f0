"""Reading and writing dataset_spec.json: round trips and every way it can be broken."""

import json
import time

import pytest

from meta_dataset.data.dataset_spec import (
    DatasetSpecification,
    DatasetSpecValueError,
    as_dataset_spec,
    load_dataset_spec,
    to_json,
    write_dataset_spec,
)
from meta_dataset.data.learning_spec import Split
from meta_dataset.errors import RecordError

# Classes and images of train, valid and test.
CLASSES = {
    "ilsvrc_2012": (712, 158, 130),
    "omniglot": (883, 81, 659),
    "aircraft": (70, 15, 15),
    "cu_birds": (140, 30, 30),
    "dtd": (33, 7, 7),
    "quickdraw": (241, 52, 52),
    "fungi": (994, 200, 200),
    "vgg_flower": (71, 15, 16),
    "traffic_sign": (0, 0, 43),
    "mscoco": (0, 40, 40),
}
IMAGES = {
    "ilsvrc_2012": (915249, 199833, 165682),
    "omniglot": (17660, 1620, 13180),
    "aircraft": (7000, 1500, 1500),
    "cu_birds": (8239, 1779, 1770),
    "dtd": (3960, 840, 840),
    "quickdraw": (34776331, 7939640, 7710295),
    "fungi": (64449, 12195, 13116),
    "vgg_flower": (5655, 1109, 1425),
    "traffic_sign": (0, 0, 39209),
    "mscoco": (0, 513021, 346980),
}


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


@pytest.mark.parametrize("name", CLASSES)
def test_published_counts(load_published_spec, name):
    spec = load_published_spec(name)
    classes = [spec.get_classes(split) for split in Split]
    assert tuple(map(len, classes)) == CLASSES[name]
    assert [c for ids in classes for c in ids] == list(range(sum(CLASSES[name])))
    images = [sum(map(spec.get_total_images_per_class, ids)) for ids in classes]
    assert tuple(images) == IMAGES[name]


@pytest.mark.parametrize("name", CLASSES)
def test_published_file_survives_a_round_trip_byte_for_byte(
    facts_folder, tmp_path, name
):
    published = facts_folder / "dataset_specs" / f"{name}_dataset_spec.json"
    text = published.read_text()
    (tmp_path / "dataset_spec.json").write_text(text)
    spec = load_dataset_spec(tmp_path)
    assert to_json(spec._replace(path=json.loads(text)["path"])) == text


def test_writing_and_loading_gives_an_equal_specification(
    load_published_spec, tmp_path
):
    for name in ("dtd", "omniglot", "ilsvrc_2012"):
        spec = load_published_spec(name)
        write_dataset_spec(spec, tmp_path)
        assert load_dataset_spec(tmp_path) == spec._replace(path=str(tmp_path))


def test_path_is_the_folder_read(load_published_spec, tmp_path):
    write_dataset_spec(load_published_spec("dtd"), tmp_path)
    assert load_dataset_spec(str(tmp_path)).path == str(tmp_path)


def test_the_graph_of_imagenet_loads_fast(load_published_spec):
    started = time.perf_counter()
    spec = load_published_spec("ilsvrc_2012")
    spec.get_total_images_per_class(999)
    assert time.perf_counter() - started < 0.2


def test_nested_objects_are_converted():
    text = json.dumps({"specs": [a_spec().to_dict()], "__class__": "Other"})
    parsed = json.loads(text, object_hook=as_dataset_spec)
    assert parsed == {"specs": [a_spec()], "__class__": "Other"}


def test_pools_are_parsed(tmp_path):
    pools = {"train": 3, "test": 2}
    spec = a_spec(images_per_class={0: pools, 1: 6, 2: 7, 3: 8})
    write_dataset_spec(spec, tmp_path)
    assert load_dataset_spec(tmp_path).images_per_class[0] == pools


def test_missing_folder(tmp_path):
    with pytest.raises(RecordError, match=f"no dataset folder {tmp_path}/none"):
        load_dataset_spec(tmp_path / "none")


def test_missing_file(tmp_path):
    with pytest.raises(RuntimeError, match=f"no dataset_spec.json in {tmp_path}"):
        load_dataset_spec(tmp_path)


@pytest.mark.parametrize("convert", [False, True])
def test_a_pickle_is_never_read(tmp_path, convert):
    (tmp_path / "dataset_spec.pkl").write_bytes(b"cos\nsystem\n(S'exit 1'\ntR.")
    with pytest.raises(RuntimeError, match=f"{tmp_path}.*pkl.*re-run") as caught:
        load_dataset_spec(tmp_path, convert_from_pkl=convert)
    assert isinstance(caught.value, RecordError)
    assert not (tmp_path / "dataset_spec.json").exists()


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "Expecting value"),
        (b'{"name": "dtd", "classes', "line 1 column"),
        (b"\xff\xfe\x00", "cannot read"),
        (b"[" * 100_000, "recursion"),
        (b"[]", "__class__ is None"),
        (b'{"__class__": "SomethingElse"}', "SomethingElse"),
        (b'{"__class__": ["x"]}', "__class__"),
        (b'{"__class__": "DatasetSpecification"}', "without 'name'"),
    ],
)
def test_damaged_files_name_the_folder(tmp_path, content, complaint):
    (tmp_path / "dataset_spec.json").write_bytes(content)
    with pytest.raises(RecordError, match=complaint) as caught:
        load_dataset_spec(tmp_path)
    assert str(tmp_path) in str(caught.value)
    assert "re-run" in str(caught.value)


@pytest.mark.parametrize(
    ("key", "value", "complaint"),
    [
        ("classes_per_split", {"TRAIN": -1}, "-1 where a count"),
        ("classes_per_split", {"TRAIN": 2.5}, "2.5 where a count"),
        ("classes_per_split", {"train": 2}, "unknown splits"),
        ("classes_per_split", 3, "wrong value"),
        ("name", 7, "7 where a text"),
        ("images_per_class", {"a": 1}, "invalid literal"),
        ("images_per_class", {"0": 5}, "no class 1"),
        ("images_per_class", {"0": True}, "True where a count"),
    ],
)
def test_inconsistent_files_say_what_is_wrong(tmp_path, key, value, complaint):
    content = {**a_spec().to_dict(), key: value}
    (tmp_path / "dataset_spec.json").write_text(json.dumps(content))
    with pytest.raises(RecordError, match=complaint) as caught:
        load_dataset_spec(tmp_path)
    assert str(tmp_path) in str(caught.value)
    assert "re-run" in str(caught.value)


def _hierarchical_dict():
    def node(wn_id, children, parents):
        return {
            "wn_id": wn_id,
            "words": wn_id,
            "children_ids": children,
            "parents_ids": parents,
        }

    return {
        "name": "small",
        "split_subgraphs": {
            "TRAIN": [
                node("a", ["b", "c"], []),
                node("b", [], ["a"]),
                node("c", [], ["a"]),
            ],
            "VALID": [node("d", [], [])],
            "TEST": [],
        },
        "images_per_class": {
            "TRAIN": {"a": 9, "b": 4, "c": 5},
            "VALID": {"d": 6},
            "TEST": {},
        },
        "class_names": {"0": "b", "1": "c", "2": "d"},
        "path": "",
        "file_pattern": "{}.tfrecords",
        "__class__": "HierarchicalDatasetSpecification",
    }


def test_hierarchical_dict_round_trip():
    assert as_dataset_spec(_hierarchical_dict()).to_dict() == {
        **_hierarchical_dict(),
        "class_names": {0: "b", 1: "c", 2: "d"},
    }


def _outside(d):
    d["split_subgraphs"]["TRAIN"][0]["children_ids"].append("z")


def _twice(d):
    d["split_subgraphs"]["TRAIN"].append(d["split_subgraphs"]["TRAIN"][1])


def _in_two_splits(d):
    d["split_subgraphs"]["VALID"][0]["wn_id"] = "b"


def _one_sided(d):
    d["split_subgraphs"]["TRAIN"][1]["parents_ids"] = []


def _cyclic(d):
    d["split_subgraphs"]["TRAIN"][0]["parents_ids"] = ["b"]
    d["split_subgraphs"]["TRAIN"][1]["children_ids"] = ["a"]


def _images_of_a_stranger(d):
    d["images_per_class"]["TRAIN"]["z"] = 1


def _key_missing(d):
    del d["split_subgraphs"]["TRAIN"][0]["words"]


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (_outside, "linked to .'z'., not in its graph"),
        (_twice, "a WordNet id twice"),
        (_in_two_splits, "b is in more than one split"),
        (_one_sided, "disagree"),
        (_cyclic, "cycle"),
        (_images_of_a_stranger, "images of z"),
        (_key_missing, "without 'words'"),
    ],
)
def test_broken_graphs(damage, complaint):
    described = _hierarchical_dict()
    damage(described)
    with pytest.raises(DatasetSpecValueError, match=complaint) as caught:
        as_dataset_spec(described)
    assert isinstance(caught.value, ValueError)


def test_a_leaf_that_is_no_class_of_its_split(tmp_path):
    described = _hierarchical_dict()
    described["class_names"] = {"0": "b", "2": "c", "1": "d"}
    (tmp_path / "dataset_spec.json").write_text(json.dumps(described))
    with pytest.raises(RecordError, match="leaf c is not one of the TRAIN classes"):
        load_dataset_spec(tmp_path)
