import io
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from meta_dataset.data.dataset_spec import load_dataset_spec
from meta_dataset.data.learning_spec import Split
from meta_dataset.dataset_conversion.conversion import Places, convert
from meta_dataset.dataset_conversion.datasets import omniglot
from meta_dataset.dataset_conversion.datasets.omniglot import VALID_ALPHABETS, Download
from meta_dataset.errors import RecordError
from meta_dataset.tfrecord import decode_example, read_records, scan_file

SHARED = Path(os.environ.get("MDTUI_SHARED", "../shared"))
SPEC = (
    Path(__file__).parents[2]
    / "data/meta_dataset_facts/dataset_specs/omniglot_dataset_spec.json"
)
BACKGROUND = Download("images_background", alphabets=7, characters=14)
EVALUATION = Download("images_evaluation", alphabets=2, characters=4)


@pytest.fixture
def download(tmp_path):
    """Two characters of seven background and two evaluation alphabets."""
    root = tmp_path / "omniglot"
    for folder, alphabets in (
        ("images_background", ("Latin", "Greek", *VALID_ALPHABETS)),
        ("images_evaluation", ("ULOG", "Angelic")),
    ):
        for alphabet in alphabets:
            for character in ("character02", "character01"):
                place = root / folder / alphabet / character
                place.mkdir(parents=True)
                for drawing in range(20):
                    image = Image.new("1", (105, 105), 1)
                    image.putpixel((drawing, 0), 0)
                    image.save(place / f"0001_{drawing + 1:02d}.png")
    return root


def plan(root):
    return omniglot.plan(Places(root), BACKGROUND, EVALUATION)


def test_order_and_names_of_classes(download):
    names = [c.name for c in plan(download).classes]
    alphabets = ["Greek", "Latin", *VALID_ALPHABETS, "Angelic", "ULOG"]
    assert names == [f"{a}-character0{n}" for a in alphabets for n in (1, 2)]


def test_records_and_specification(download, tmp_path):
    convert([plan(download)], tmp_path)
    spec = load_dataset_spec(tmp_path / "omniglot")
    assert list(spec.get_superclasses(Split.VALID)) == [2, 3, 4, 5, 6]
    assert list(spec.get_classes(Split.TEST)) == [14, 15, 16, 17]
    assert set(spec.images_per_class.values()) == {20}
    assert spec.classes_per_superclass == dict.fromkeys(range(9), 2)
    assert_inverted(
        tmp_path / "omniglot" / "0.tfrecords",
        download / "images_background" / "Greek" / "character01",
    )


def assert_inverted(record_file, drawings):
    """Each record is the JPEG of its drawing, light on dark."""
    pairs = zip(read_records(record_file), sorted(drawings.iterdir()), strict=True)
    for record, drawing in pairs:
        image = Image.open(io.BytesIO(decode_example(record)["image"]))
        assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (105, 105))
        ink = np.asarray(Image.open(drawing).convert("L"), np.int16)
        light = np.asarray(image, np.int16).mean(-1)
        assert np.abs(255 - ink - light).mean() < 8


@pytest.mark.parametrize(
    ("missing", "message"),
    [
        ("images_evaluation", "images_evaluation: cannot list the folder"),
        ("images_background/Tagalog", "6 alphabets instead of 7"),
        ("images_background/Greek/character01", "13 characters instead of 14"),
        ("images_evaluation/ULOG/character02/0001_07.png", "19 drawings"),
    ],
)
def test_an_incomplete_download_is_refused(download, missing, message):
    path = download / missing
    path.rename(download / "elsewhere")
    with pytest.raises(RecordError, match=message):
        plan(download)


def test_other_alphabets_are_refused(download):
    tagalog = download / "images_background" / "Tagalog"
    tagalog.rename(tagalog.with_name("Tengwar"))
    with pytest.raises(RecordError, match="no alphabet Tagalog"):
        plan(download)


@pytest.mark.slow
def test_the_published_images_give_the_published_specification(tmp_path):
    archive = SHARED / "data" / "omniglot" / "omniglot.tar.xz"
    if not archive.is_file():
        pytest.skip(f"no Omniglot images below {SHARED} (set MDTUI_SHARED)")
    with tarfile.open(archive) as tar:
        tar.extractall(tmp_path, filter="data")
    records = tmp_path / "records"
    done = subprocess.run(
        [
            *(sys.executable, "-m"),
            "meta_dataset.dataset_conversion.convert_datasets_to_records",
            f"--omniglot_data_root={tmp_path / 'omniglot'}",
            f"--records_root={records}",
        ],
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert len(done.stderr.splitlines()) == 1623 + 2
    path = records / "omniglot" / "dataset_spec.json"
    written = json.loads(path.read_text())
    published_text = SPEC.read_text()
    published = json.loads(published_text)
    written["path"] = published["path"]
    # As text: the order of the keys counts as well.
    assert json.dumps(written, indent=2) + "\n" == published_text
    folder = path.parent
    assert len(list(folder.glob("*.tfrecords"))) == 1623
    assert {len(scan_file(file)) for file in folder.glob("*.tfrecords")} == {20}
    for class_id in (0, 883, 1622):
        split = "background" if class_id < 964 else "evaluation"
        alphabet, character = published["class_names"][str(class_id)].rsplit("-", 1)
        assert_inverted(
            folder / f"{class_id}.tfrecords",
            tmp_path / "omniglot" / f"images_{split}" / alphabet / character,
        )
