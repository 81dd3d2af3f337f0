import pytest

from meta_dataset.data.dataset_spec import load_dataset_spec
from meta_dataset.data.learning_spec import Split
from meta_dataset.dataset_conversion.conversion import (
    Conversion,
    RecordClass,
    convert,
    flat_description,
)
from meta_dataset.errors import RecordError
from meta_dataset.tfrecord import decode_example, read_records

SIZES = {Split.TRAIN: 2, Split.VALID: 0, Split.TEST: 1}
IMAGES = ([b"a0", b"a1"], [b"b0"], [b"c0", b"c1", b"c2"])


def conversion(images=IMAGES):
    names = [f"class {i}" for i in range(len(images))]
    classes = tuple(
        RecordClass(i, name, list(of_class))
        for i, (name, of_class) in enumerate(zip(names, images, strict=True))
    )
    return Conversion("dtd", classes, flat_description("dtd", SIZES, names))


@pytest.mark.parametrize("processes", [1, 2])
def test_class_files_and_specification(tmp_path, processes):
    seen = []
    convert([conversion()], tmp_path, processes, seen.append)
    assert sorted(seen) == [
        ("dtd", 0, "class 0", 2),
        ("dtd", 1, "class 1", 1),
        ("dtd", 2, "class 2", 3),
    ]
    for class_id, images in enumerate(IMAGES):
        records = read_records(tmp_path / "dtd" / f"{class_id}.tfrecords")
        assert [decode_example(record) for record in records] == [
            {"image": image, "label": class_id} for image in images
        ]
    spec = load_dataset_spec(tmp_path / "dtd")
    assert spec.classes_per_split == SIZES
    assert spec.images_per_class == {0: 2, 1: 1, 2: 3}
    assert list(spec.get_classes(Split.TEST)) == [2]


def test_a_class_without_images_leaves_no_specification(tmp_path):
    with pytest.raises(RecordError, match="'class 1' has no image"):
        convert([conversion((IMAGES[0], [], IMAGES[2]))], tmp_path)
    assert sorted(path.name for path in (tmp_path / "dtd").iterdir()) == ["0.tfrecords"]


def test_an_interrupted_repetition_leaves_no_specification(tmp_path):
    convert([conversion()], tmp_path)

    def interrupt(written):
        if written.class_id == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        convert([conversion()], tmp_path, on_class=interrupt)
    assert not (tmp_path / "dtd" / "dataset_spec.json").exists()
    convert([conversion()], tmp_path)
    assert load_dataset_spec(tmp_path / "dtd").images_per_class == {0: 2, 1: 1, 2: 3}


def test_a_repetition_removes_what_it_does_not_replace(tmp_path):
    folder = tmp_path / "dtd"
    folder.mkdir()
    for name in ("3.tfrecords", ".1.tfrecords.99.part", "0.tfrecords", "notes.txt"):
        (folder / name).write_text("old")
    convert([conversion()], tmp_path)
    assert sorted(path.name for path in folder.iterdir()) == [
        "0.tfrecords",
        "1.tfrecords",
        "2.tfrecords",
        "dataset_spec.json",
        "notes.txt",
    ]
