"""Names on disk, against the published walk-through and real event files' tags."""

import pathlib
import subprocess
import sys

import pytest

from meta_dataset import run_files
from meta_dataset.run_files import ExperimentRoot, Tags, canonical_tag


def _write_checkpoint(folder, update, *, index=True, shards=(0,), of=1):
    prefix = run_files.checkpoint_prefix(folder, update)
    if index:
        pathlib.Path(f"{prefix}.index").touch()
    for shard in shards:
        pathlib.Path(f"{prefix}.data-{shard:05}-of-{of:05}").touch()


def test_the_ten_datasets_in_the_order_of_the_walk_through():
    assert " ".join(run_files.EVALUATION_DATASETS) == (
        "ilsvrc_2012 omniglot aircraft cu_birds dtd quickdraw fungi vgg_flower "
        "traffic_sign mscoco"
    )


def test_checkpoint_names_go_there_and_back():
    prefix = run_files.checkpoint_prefix("/x", 500)
    assert prefix == pathlib.Path("/x/model_500.ckpt")
    assert run_files.checkpoint_update(prefix) == 500
    assert run_files.checkpoint_update("model_500.ckpt.index") == 500
    assert run_files.checkpoint_update("a/model_0.ckpt.data-00000-of-00001") == 0


@pytest.mark.parametrize(
    "name",
    ["model_.ckpt", "model_x.ckpt", "model_05.ckpt", "model_5.ckpt.tmp", "model_5", ""],
)
def test_other_names_are_no_checkpoint(name):
    assert run_files.checkpoint_update(name) is None


def test_a_negative_update_is_refused():
    with pytest.raises(ValueError, match="-1"):
        run_files.checkpoint_prefix("/x", -1)


def test_only_complete_checkpoints_are_listed(tmp_path):
    _write_checkpoint(tmp_path, 0)
    _write_checkpoint(tmp_path, 1000)
    _write_checkpoint(tmp_path, 500)
    _write_checkpoint(tmp_path, 1500, index=False)
    _write_checkpoint(tmp_path, 2000, shards=())
    _write_checkpoint(tmp_path, 2500, shards=(0,), of=2)
    _write_checkpoint(tmp_path, 3000, shards=(0, 1), of=2)
    (tmp_path / "checkpoint").write_text("model_checkpoint_path: 'model_9000.ckpt'")
    (tmp_path / "operative_config.gin").touch()
    assert run_files.list_checkpoints(tmp_path) == (0, 500, 1000, 3000)
    assert run_files.latest_checkpoint(tmp_path) == 3000


def test_a_folder_that_is_not_there_yet_has_no_checkpoints(tmp_path):
    assert run_files.list_checkpoints(tmp_path / "later") == ()
    assert run_files.latest_checkpoint(tmp_path / "later") is None


def test_event_files_are_listed_oldest_first(tmp_path):
    names = [
        "events.out.tfevents.999.host",
        "events.out.tfevents.1000.host.12.0.v2",
        "events.out.tfevents.1000.host.12.1.v2",
        "events.out.tfevents.1000.host.12.10.v2",
        "events.out.tfevents.10000.a",
    ]
    for name in [*reversed(names), "other", "graph.pbtxt"]:
        (tmp_path / name).touch()
    assert [path.name for path in run_files.list_event_files(tmp_path)] == names
    assert run_files.list_event_files(tmp_path / "later") == ()
    assert run_files.event_file_order("events.out.tfevents.x")[0] == -1


@pytest.mark.parametrize(
    ("tag", "canonical"),
    [
        ("train_loss", Tags.TRAIN_LOSS),
        ("train/loss", Tags.TRAIN_LOSS),
        ("train_1/loss", Tags.TRAIN_LOSS),
        ("train_loss_1", Tags.TRAIN_LOSS),
        ("train_acc", Tags.TRAIN_ACCURACY),
        ("train_1/acc", Tags.TRAIN_ACCURACY),
        ("valid/loss", Tags.VALID_LOSS),
        ("valid_1/loss", Tags.VALID_LOSS),
        ("valid_1/acc", Tags.VALID_ACCURACY),
        ("mean valid acc", Tags.MEAN_VALID_ACCURACY),
        ("mean valid acc_1", Tags.MEAN_VALID_ACCURACY),
        ("valid_acc/mean", Tags.MEAN_VALID_ACCURACY),
        ("mean acc", Tags.MEAN_VALID_ACCURACY),
        ("acc CI", Tags.VALID_INTERVAL),
        ("valid acc CI", Tags.VALID_INTERVAL),
        ("mean test acc", Tags.MEAN_TEST_ACCURACY),
        ("test acc CI", Tags.TEST_INTERVAL),
        ("mean train acc", "mean train acc"),
        ("train acc CI", "train acc CI"),
    ],
)
def test_tags_of_every_revision(tag, canonical):
    assert canonical_tag(tag) == canonical
    assert canonical_tag(canonical) == canonical


def test_the_mean_without_a_split_is_the_test_in_an_evaluation():
    assert canonical_tag("mean acc", has_training_summaries=False) == "mean test acc"
    assert canonical_tag("acc CI", has_training_summaries=False) == "test acc CI"
    assert canonical_tag("mean valid acc", False) == Tags.MEAN_VALID_ACCURACY


@pytest.mark.parametrize(
    "tag", ["test_way", "global_step_1", "mean", "train_losses", "xtrain_loss", ""]
)
def test_other_tags_are_none_of_ours(tag):
    assert canonical_tag(tag) is None


def test_paths_of_an_experiment_root():
    root = ExperimentRoot(pathlib.Path("/e"))
    assert root.checkpoints("a") == pathlib.Path("/e/checkpoints/a")
    assert root.summaries("a") == pathlib.Path("/e/summaries/a")
    assert root.best_text("a") == pathlib.Path("/e/best_a.txt")
    assert root.evaluation_run("a", "dtd") == "a_eval_dtd"


def test_only_the_standard_library_is_loaded():
    code = (
        "import sys; before = set(sys.modules); import meta_dataset.run_files;"
        "new = {m.partition('.')[0] for m in set(sys.modules) - before};"
        "print(sorted(new - sys.stdlib_module_names - {'meta_dataset'}))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"
