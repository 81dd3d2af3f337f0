"""Each flat dataset, from a tiny download of the published shape."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from meta_dataset.dataset_conversion import registry
from meta_dataset.dataset_conversion.class_splits import published_splits
from meta_dataset.dataset_conversion.conversion import Places, convert
from meta_dataset.errors import RecordError
from meta_dataset.tfrecord import decode_example, read_records

DATA = Path(__file__).parents[2] / "data"
SPECS = DATA / "meta_dataset_facts" / "dataset_specs"


def save(path, value, size=(6, 4)):
    """An even image, so that its value survives any encoding."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (value, value, value)).save(path)


def labels_of(dataset):
    return published_splits(dataset).labels


def make_dtd(root):
    for value, label in enumerate(labels_of("dtd")):
        for name in ("b.jpg", "a.jpg"):
            save(root / "images" / label / name, value + 50 * (name == "a.jpg"))
    (root / "images" / "waffled" / ".directory").write_text("stray")


def make_cu_birds(root):
    labels = sorted(labels_of("cu_birds"))
    lines = [f"{i} {label}" for i, label in enumerate(labels, 1)]
    root.mkdir()
    (root / "classes.txt").write_text("\n".join(lines) + "\n")
    for label in labels:
        save(root / "images" / label / "one.jpg", int(label[:3]))


def make_aircraft(root):
    data = root / "data"
    data.mkdir(parents=True)
    variants = sorted(labels_of("aircraft"))
    (data / "variants.txt").write_text("\n".join(variants))
    boxes, parts = [], {"trainval": [], "test": []}
    for value, variant in enumerate(variants):
        for part, number in (("test", 2 * value), ("trainval", 2 * value + 1)):
            name = f"{number:07d}"
            image = np.zeros((40, 60, 3), np.uint8)
            image[8:24, 16:48] = value
            (data / "images").mkdir(exist_ok=True)
            Image.fromarray(image).save(data / "images" / f"{name}.jpg", quality=95)
            boxes.append(f"{name} 16 8 48 24")
            parts[part].append(f"{name} {variant}")
    (data / "images_box.txt").write_text("\n".join(boxes))
    for part, lines in parts.items():
        (data / f"images_variant_{part}.txt").write_text("\n".join(lines))


def make_vgg_flower(root):
    for image in range(1, 301):
        save(root / "jpg" / f"image_{image:05d}.jpg", image % 102 + image // 102)
    labels = (DATA / "matlab" / "labels_compressed.mat").read_bytes()
    (root / "imagelabels.mat").write_bytes(labels)


def make_traffic_sign(root):
    for class_id in range(43):
        folder = root / "Final_Training" / "Images" / f"{class_id:05d}"
        for frame in range(3):
            save(folder / f"00000_{frame:05d}.ppm", class_id + 50 * frame)
        (folder / f"GT-{class_id:05d}.csv").write_text("annotations")


MAKERS = {
    "dtd": make_dtd,
    "cu_birds": make_cu_birds,
    "aircraft": make_aircraft,
    "vgg_flower": make_vgg_flower,
    "traffic_sign": make_traffic_sign,
}


def converted(dataset, tmp_path):
    root = tmp_path / "download"
    MAKERS[dataset](root)
    convert([registry.plan(dataset, Places(root))], tmp_path / "records")
    return tmp_path / "records" / dataset


def images_of(folder, class_id):
    """Mode, size and mean value of the images of a class."""
    found = []
    for record in read_records(folder / f"{class_id}.tfrecords"):
        image = Image.open(io.BytesIO(decode_example(record)["image"]))
        assert image.format == "JPEG"
        found.append((image.mode, image.size, round(np.asarray(image).mean())))
    return found


def test_every_converter_has_a_test():
    assert set(MAKERS) | {"omniglot"} == set(registry.CONVERTED_DATASETS)


@pytest.mark.parametrize("dataset", MAKERS)
def test_the_specification_is_the_published_one(dataset, tmp_path):
    spec = json.loads((converted(dataset, tmp_path) / "dataset_spec.json").read_text())
    published = json.loads((SPECS / f"{dataset}_dataset_spec.json").read_text())
    assert list(spec) == list(published)
    assert list(spec["images_per_class"]) == list(published["images_per_class"])
    for differing in ("images_per_class", "path"):
        del spec[differing], published[differing]
    assert spec == published


def test_dtd_sorts_files_and_skips_the_stray_one(tmp_path):
    folder = converted("dtd", tmp_path)
    waffled = labels_of("dtd").index("waffled")
    expected = [("RGB", (6, 4), waffled + 50), ("RGB", (6, 4), waffled)]
    assert images_of(folder, waffled) == expected


def test_birds_go_to_the_class_of_their_name(tmp_path):
    folder = converted("cu_birds", tmp_path)
    for class_id in (0, 199):
        number = int(labels_of("cu_birds")[class_id][:3])
        assert images_of(folder, class_id) == [("RGB", (6, 4), number)]


def test_aircraft_are_cropped_and_pooled(tmp_path):
    folder = converted("aircraft", tmp_path)
    variant = sorted(labels_of("aircraft")).index(labels_of("aircraft")[7])
    assert images_of(folder, 7) == [("RGB", (32, 16), variant)] * 2


def test_flowers_follow_the_matlab_labels(tmp_path):
    folder = converted("vgg_flower", tmp_path)
    number = int(labels_of("vgg_flower")[5][:3])
    images = [i for i in range(1, 301) if (i - 1) % 102 + 1 == number]
    expected = [("RGB", (6, 4), i % 102 + i // 102) for i in images]
    assert images_of(folder, 5) == expected


def test_traffic_signs_are_in_order_and_without_annotations(tmp_path):
    folder = converted("traffic_sign", tmp_path)
    assert images_of(folder, 11) == [("RGB", (6, 4), 11 + 50 * f) for f in range(3)]


@pytest.mark.parametrize(
    ("dataset", "damaged", "message"),
    [
        ("dtd", "images/woven", "missing: woven"),
        ("dtd", "images", "images: cannot read it"),
        ("cu_birds", "classes.txt", r"classes.txt: cannot read it"),
        ("cu_birds", "images/001.Black_footed_Albatross", "cannot list the images"),
        ("aircraft", "data/images_variant_test.txt", "variant_test.txt: cannot read"),
        ("vgg_flower", "imagelabels.mat", "imagelabels.mat: cannot read it"),
        ("vgg_flower", "jpg/image_00001.jpg", "image_00001.jpg: cannot read the image"),
        (
            "traffic_sign",
            "Final_Training/Images/00042",
            "00042: cannot list the images",
        ),
    ],
)
def test_incomplete_downloads_are_refused(dataset, damaged, message, tmp_path):
    root = tmp_path / "download"
    MAKERS[dataset](root)
    (root / damaged).rename(tmp_path / "elsewhere")
    with pytest.raises(RecordError, match=message):
        convert([registry.plan(dataset, Places(root))], tmp_path / "records")
    assert not list(tmp_path.rglob("dataset_spec.json"))


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        (
            "images_box.txt",
            "0000000 16 8 48 24",
            "0000000 16 8 48",
            "four whole numbers",
        ),
        ("images_box.txt", "0000000 16 8 48 24", "", "no box of image 0000000"),
        ("images_variant_test.txt", "0000000 707-320", "0000000", "line 1 is no pair"),
        ("images_variant_test.txt", "0000000 707", "0000000 808", "'808-320'"),
    ],
)
def test_contradictory_aircraft_are_refused(file, old, new, message, tmp_path):
    root = tmp_path / "download"
    make_aircraft(root)
    path = root / "data" / file
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(RecordError, match=message):
        registry.plan("aircraft", Places(root))


def test_a_splits_file_of_the_user_wins(tmp_path):
    root, splits_root = tmp_path / "download", tmp_path / "splits"
    make_dtd(root)
    places = Places(root, splits_root)
    assert registry.plan("dtd", places).classes[0].name == "chequered"
    path = splits_root / "dtd_splits.json"
    splits = json.loads(path.read_text())
    splits["train"].reverse()
    path.write_text(json.dumps(splits))
    assert registry.plan("dtd", places).classes[32].name == "chequered"
