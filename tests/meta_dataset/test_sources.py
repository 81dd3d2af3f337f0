import shutil

import pytest

from meta_dataset import sources
from meta_dataset.data.learning_spec import Split
from meta_dataset.errors import RecordError, UsageError
from meta_dataset.training_settings import BenchmarkSettings


def load(
    root, *, train="dtd", evaluated="dtd", training=True, split=Split.VALID, **more
):
    benchmark = BenchmarkSettings(train, evaluated, **more)
    return sources.load(str(root), benchmark, training, split)


def test_training_reads_both_lists(tiny_records):
    datasets = load(tiny_records, train="cu_birds,dtd")
    assert [spec.name for spec in datasets.train] == ["cu_birds", "dtd"]
    assert [spec.name for spec in datasets.evaluation] == ["dtd"]
    assert [spec.name for spec in datasets.all] == ["cu_birds", "dtd"]


def test_the_head_has_the_classes_of_all_splits(tiny_records):
    assert load(tiny_records).num_classes == 20
    assert load(tiny_records, train="dtd,cu_birds").num_classes == 40


def test_an_evaluation_reads_its_dataset_alone(tiny_records):
    datasets = load(tiny_records, train="nowhere", training=False, split=Split.TEST)
    assert datasets.train == ()
    assert len(datasets.evaluation) == 1


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"train": ""}, "train_datasets names no dataset"),
        ({"evaluated": ""}, "eval_datasets names no dataset"),
        ({"evaluated": "dtd,cu_birds", "training": False}, "exactly one dataset"),
        ({"restrict_classes": {"dtd": {"training": 3}}}, "unknown split 'training'"),
        ({"restrict_classes": {"dtd": {"train": 99}}}, "restrict_classes: dtd has 8"),
    ],
)
def test_lists_that_make_no_sense_are_refused(tiny_records, settings, problem):
    with pytest.raises(UsageError, match=problem):
        load(tiny_records, **settings)


def test_missing_folders_are_named(tiny_records):
    with pytest.raises(UsageError, match="--records_root_dir is not given"):
        load("")
    with pytest.raises(RecordError, match="no records folder /nowhere"):
        load("/nowhere")
    with pytest.raises(RecordError, match=f"{tiny_records}/aircraft"):
        load(tiny_records, train="aircraft")


def test_a_dataset_without_the_split_is_refused(tiny_records, tmp_path):
    shutil.copytree(tiny_records / "dtd", tmp_path / "dtd")
    text = (tmp_path / "dtd/dataset_spec.json").read_text()
    text = text.replace('"VALID": 6', '"VALID": 0').replace('"TEST": 6', '"TEST": 12')
    (tmp_path / "dtd/dataset_spec.json").write_text(text)
    with pytest.raises(UsageError, match="dtd has no valid classes"):
        load(tmp_path)


def test_restrictions_apply(tiny_records):
    restrictions = {"dtd": {"train": 5}}
    datasets = load(tiny_records, restrict_classes=restrictions)
    assert datasets.train[0].get_classes(Split.TRAIN) == range(5)
    benchmark = BenchmarkSettings(restrict_num_per_class=restrictions)
    specs = datasets.train
    assert sources.examples_to_take(benchmark, specs, Split.TRAIN) == (5,)
    assert sources.examples_to_take(benchmark, specs, Split.VALID) == (-1,)


def test_the_published_heads(load_published_spec):
    """1000 classes for imagenet, 4811 for all: those of every split."""
    names = "ilsvrc_2012 aircraft cu_birds omniglot quickdraw vgg_flower dtd fungi"
    imagenet, *others = map(load_published_spec, names.split())
    assert sources.Datasets((imagenet,), (imagenet,)).num_classes == 1000
    assert sources.Datasets((imagenet, *others), (imagenet,)).num_classes == 4811
