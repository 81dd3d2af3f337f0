import hashlib
import signal
import subprocess
import sys

import pytest
from PIL import Image

from meta_dataset.data.dataset_spec import (
    BiLevelDatasetSpecification,
    HierarchicalDatasetSpecification,
    load_dataset_spec,
)
from meta_dataset.data.imagenet_specification import get_spanning_leaves
from meta_dataset.data.learning_spec import Split
from meta_dataset.dataset_conversion.drawings.layout import Size, conversion
from meta_dataset.dataset_conversion.make_demo_records import make_demo_records
from meta_dataset.errors import RecordError
from meta_dataset.run_files import EVALUATION_DATASETS
from meta_dataset.tfrecord import decode_example, read_records

TINY = Size(classes=0.0, images=2)
COMMAND = "meta_dataset.dataset_conversion.make_demo_records"


def digest(root):
    total = hashlib.sha256()
    for path in sorted(root.rglob("*.tfrecords")):
        total.update(path.relative_to(root).as_posix().encode() + path.read_bytes())
    return total.hexdigest()


def command(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", COMMAND, *arguments],
        capture_output=True,
        text=True,
        check=False,
        **options,
    )


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """All ten datasets, as few classes as episodes need, two images each."""
    root = tmp_path_factory.mktemp("records")
    seen = []
    assert make_demo_records(root, size=TINY, processes=1, on_progress=seen.append)
    assert [p.num_done for p in seen] == list(range(1, seen[0].num_classes + 1))
    assert {p.dataset for p in seen} == set(EVALUATION_DATASETS)
    return root


@pytest.mark.parametrize("dataset", EVALUATION_DATASETS)
def test_class_files_fit_the_specification(tiny, dataset):
    spec = load_dataset_spec(tiny / dataset)
    spec.initialize()
    class_ids = [i for split in Split for i in spec.get_classes(split)]
    files = {path.name for path in (tiny / dataset).glob("*.tfrecords")}
    assert files == {f"{class_id}.tfrecords" for class_id in class_ids}
    for class_id in class_ids:
        records = [
            decode_example(record)
            for record in read_records(tiny / dataset / f"{class_id}.tfrecords")
        ]
        assert len(records) == spec.get_total_images_per_class(class_id) == 2
        assert [record["label"] for record in records] == [class_id] * 2


@pytest.mark.parametrize("dataset", EVALUATION_DATASETS)
def test_images_are_small_jpegs_in_rgb(tiny, dataset, tmp_path):
    (record, other) = read_records(tiny / dataset / "0.tfrecords")
    path = tmp_path / "image"
    path.write_bytes(decode_example(record)["image"])
    with Image.open(path) as image:
        assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (84, 84))
        assert image.convert("L").getextrema()[1] > 100
    assert record != other


@pytest.mark.parametrize("dataset", EVALUATION_DATASETS)
def test_splits_have_the_classes_of_an_episode(tiny, dataset):
    spec = load_dataset_spec(tiny / dataset)
    present = {split for split in Split if spec.classes_per_split[split]}
    expected = {
        "traffic_sign": {Split.TEST},
        "mscoco": {Split.VALID, Split.TEST},
    }
    assert present == expected.get(dataset, set(Split))
    assert all(spec.classes_per_split[split] >= 5 for split in present)


@pytest.mark.parametrize("size", [TINY, Size()])
def test_the_hierarchy_has_nodes_to_sample_from(size, tmp_path):
    plan = conversion("ilsvrc_2012", 0, size)
    spec = plan.describe(tmp_path, {c.class_id: 3 for c in plan.classes})
    assert isinstance(spec, HierarchicalDatasetSpecification)
    for split in Split:
        spans = get_spanning_leaves(spec.get_split_subgraph(split))
        eligible = [n for n, s in spans.items() if n.children and len(s) >= 5]
        assert len(eligible) >= 3
        roots = [node for node in spans if not node.parents]
        assert len(roots) == 1
        assert len(spans[roots[0]]) == spec.classes_per_split[split]
        assert all(spec.images_per_class[split][n] == 3 * len(spans[n]) for n in spans)
        assert all(len(node.children) != 1 for node in spans)
    names = [spec.class_names[class_id] for class_id in spec.get_classes(Split.VALID)]
    assert names == sorted(names)


def test_the_full_hierarchy_is_no_tree(tmp_path):
    plan = conversion("ilsvrc_2012", 0, Size())
    spec = plan.describe(tmp_path, {c.class_id: 3 for c in plan.classes})
    for split in Split:
        graph = spec.get_split_subgraph(split)
        assert any(len(node.parents) > 1 for node in graph)


@pytest.mark.parametrize("size", [TINY, Size()])
def test_alphabets_have_the_characters_of_an_episode(size, tmp_path):
    plan = conversion("omniglot", 0, size)
    spec = plan.describe(tmp_path, {c.class_id: 20 for c in plan.classes})
    assert isinstance(spec, BiLevelDatasetSpecification)
    for split in Split:
        alphabets = spec.get_superclasses(split)
        assert len(alphabets) >= 2
        assert all(spec.classes_per_superclass[a] >= 5 for a in alphabets)
    first = 0
    for superclass, name in spec.superclass_names.items():
        for class_id in range(first, first + spec.classes_per_superclass[superclass]):
            assert spec.class_names[class_id].startswith(f"{name}-character")
        first += spec.classes_per_superclass[superclass]
    assert first == len(spec.class_names)


def test_class_names_are_unique():
    for dataset in EVALUATION_DATASETS:
        names = [c.name for c in conversion(dataset, 0, Size()).classes]
        assert len(names) == len(set(names))


def test_the_same_seed_gives_the_same_bytes(tmp_path):
    roots = [tmp_path / name for name in ("one", "two", "other")]
    for root, seed, processes in zip(roots, (3, 3, 4), (1, 2, 1), strict=True):
        for datasets in (["omniglot", "dtd"], ["fungi"]):
            make_demo_records(root, seed, TINY, datasets, processes)
    digests = [digest(root) for root in roots]
    assert digests[0] == digests[1] != digests[2]


def test_a_smaller_set_holds_the_same_images(tmp_path):
    small = conversion("cu_birds", 0, TINY).classes[0]
    large = conversion("cu_birds", 0, Size()).classes[0]
    assert list(small.images) == list(large.images)[:2]


def test_a_complete_set_is_left_alone(tiny):
    assert not make_demo_records(tiny, size=TINY)


def test_a_missing_dataset_is_drawn_again(tmp_path):
    make_demo_records(tmp_path, 0, TINY, ["dtd", "fungi"], 1)
    before = digest(tmp_path)
    (tmp_path / "dtd" / "dataset_spec.json").unlink()
    seen = []
    assert make_demo_records(tmp_path, 0, TINY, ["dtd", "fungi"], 1, seen.append)
    assert {progress.dataset for progress in seen} == {"dtd"}
    assert digest(tmp_path) == before


def test_other_settings_replace_the_set(tmp_path):
    make_demo_records(tmp_path, 0, TINY, ["dtd"], 1)
    assert make_demo_records(tmp_path, 0, Size(0.0, 1), ["dtd"], 1)
    assert load_dataset_spec(tmp_path / "dtd").get_total_images_per_class(0) == 1


@pytest.mark.parametrize("text", ["{", "3", "[1]"])
def test_a_damaged_marker_means_drawing_anew(tmp_path, text):
    make_demo_records(tmp_path, 0, TINY, ["dtd"], 1)
    (tmp_path / "demo_records.json").write_text(text)
    assert make_demo_records(tmp_path, 0, TINY, ["dtd"], 1)


def test_other_records_are_never_touched(tmp_path):
    (tmp_path / "dtd").mkdir()
    record = tmp_path / "dtd" / "0.tfrecords"
    record.write_bytes(b"real")
    with pytest.raises(RecordError, match=r"dtd holds records that are no demo"):
        make_demo_records(tmp_path, 0, TINY, processes=1)
    assert [path.name for path in tmp_path.rglob("*")] == ["dtd", "0.tfrecords"]
    assert record.read_bytes() == b"real"


def test_command_line(tmp_path):
    arguments = (
        f"--records_root={tmp_path}",
        "--classes_scale=0",
        "--images_per_class=1",
        "--datasets=dtd",
        "--processes=1",
    )
    first = command(*arguments)
    assert first.returncode == 0
    lines = first.stderr.splitlines()
    assert lines[-2] == "demo records: 15 of 15 classes"
    assert lines[-1].startswith(f"demo records in {tmp_path}: 0.")
    second = command(*arguments)
    assert second.stderr == f"demo records in {tmp_path}: complete already\n"


def test_command_line_refuses(tmp_path):
    file = tmp_path / "file"
    file.write_text("")
    for arguments, exit_code, message in (
        ((), 2, "--records_root is missing"),
        (("--seed=-1",), 2, "seed"),
        (("--datasets=imagenet",), 2, "datasets"),
        ((f"--records_root={file}",), 1, "file"),
    ):
        result = command(*arguments)
        assert result.returncode == exit_code, result.stderr
        assert message in result.stderr
        assert "Traceback" not in result.stderr


@pytest.mark.parametrize("processes", [1, 2])
def test_an_interrupted_drawing_is_completed_later(tmp_path, processes):
    arguments = [f"--records_root={tmp_path}", "--datasets=dtd", "--classes_scale=0"]
    running = subprocess.Popen(
        [sys.executable, "-m", COMMAND, *arguments, f"--processes={processes}"],
        stderr=subprocess.PIPE,
        text=True,
    )
    assert running.stderr.readline().startswith("demo records: ")
    running.send_signal(signal.SIGTERM)
    rest = running.stderr.read()
    running.stderr.close()
    assert running.wait() == 128 + signal.SIGTERM
    assert "Traceback" not in rest
    assert not (tmp_path / "dtd" / "dataset_spec.json").exists()
    assert not list((tmp_path / "dtd").glob(".*"))
    size = Size(0.0)
    assert make_demo_records(tmp_path, 0, size, ["dtd"], processes=1)
    assert not make_demo_records(tmp_path, 0, size, ["dtd"], processes=1)
