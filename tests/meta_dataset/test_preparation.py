import pytest

from meta_dataset import preparation, run_files
from meta_dataset.data.learning_spec import Split
from meta_dataset.errors import CheckpointError, UsageError
from meta_dataset.train_flags import Arguments

PUBLISHED = "/path/to/checkpoints/baseline_imagenet_resnet_best/model_29000.ckpt"


def checkpoint(folder, update):
    folder.mkdir(parents=True, exist_ok=True)
    prefix = run_files.checkpoint_prefix(folder, update)
    for part in ("index", "data-00000-of-00001"):
        (folder / f"{prefix.name}.{part}").touch()
    return prefix


@pytest.fixture
def prepared(tiny_records, tmp_path):
    """Prepares a command line of flags, and bindings after the usual ones."""

    def prepare(*bindings, **flags):
        values = {
            "records_root_dir": str(tiny_records),
            "train_checkpoint_dir": str(tmp_path / "checkpoints/run"),
            "summary_dir": str(tmp_path / "summaries/run"),
            "gin_config": ("gin/best/prototypical_imagenet.gin",),
            "gin_bindings": (
                "Trainer.experiment_name = 'x'",
                "benchmark.train_datasets = 'dtd'",
                "benchmark.eval_datasets = 'dtd'",
                *bindings,
            ),
        }
        return preparation.prepare(Arguments(**{**values, **flags}))

    return prepare


def test_a_fresh_training_starts_from_nothing(prepared, tmp_path):
    found = prepared()
    assert (found.resume_from, found.restore_from, found.notes) == (None, None, ())
    assert found.evaluation_split is Split.VALID
    assert found.output_dir == tmp_path / "checkpoints/run"


def test_an_evaluation_is_of_the_test_split_by_default(prepared, tmp_path):
    found = prepared(is_training=False)
    assert found.evaluation_split is Split.TEST
    assert found.output_dir == tmp_path / "summaries/run"
    assert prepared(is_training=False, eval_split="train").evaluation_split is (
        Split.TRAIN
    )


def test_the_latest_checkpoint_of_the_run_wins(prepared, tmp_path):
    latest = checkpoint(tmp_path / "checkpoints/run", 5)
    found = prepared(f"Trainer.checkpoint_to_restore = '{PUBLISHED}'")
    assert found.resume_from == latest
    assert found.restore_from is None
    assert "overridden" in found.notes[0]


def test_a_placeholder_is_resolved_and_said(prepared, tmp_path):
    prefix = checkpoint(tmp_path / "checkpoints/baseline_imagenet_resnet", 500)
    found = prepared(f"Trainer.checkpoint_to_restore = '{PUBLISHED}'")
    assert found.restore_from == prefix
    assert str(prefix) in found.notes[0]


def test_an_evaluation_needs_a_real_checkpoint(prepared):
    with pytest.raises(UsageError, match="placeholder of the published file"):
        prepared(f"Trainer.checkpoint_to_restore = '{PUBLISHED}'", is_training=False)


@pytest.mark.parametrize("training", [True, False])
def test_a_checkpoint_that_is_not_there_is_named(prepared, tmp_path, training):
    folder = tmp_path / "other"
    binding = f"Trainer.checkpoint_to_restore = '{folder}/model_6.ckpt'"
    with pytest.raises(CheckpointError, match=f"{folder} does not exist"):
        prepared(binding, is_training=training)
    checkpoint(folder, 5)
    with pytest.raises(CheckpointError, match="model_<update>.ckpt for 5"):
        prepared(binding, is_training=training)


@pytest.mark.parametrize(
    ("name", "remedy"),
    [("", "add /model_<update>.ckpt"), ("/model_5.ckpt.index", "end .* with .ckpt")],
)
def test_what_is_nearly_a_checkpoint_is_explained(prepared, tmp_path, name, remedy):
    checkpoint(tmp_path / "other", 5)
    binding = f"Trainer.checkpoint_to_restore = '{tmp_path}/other{name}'"
    with pytest.raises(CheckpointError, match=f"{remedy}.* for 5"):
        prepared(binding, is_training=False)


def test_a_checkpoint_folder_that_is_a_file_is_named(prepared, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(CheckpointError, match="Cannot list --train_checkpoint_dir"):
        prepared(train_checkpoint_dir=str(tmp_path / "file/run"))


@pytest.mark.parametrize(
    ("binding", "problem"),
    [
        ("Trainer.episodic = False", "trains on episodes"),
        ("Trainer.num_updates = -1", "Trainer.num_updates must be"),
        ("Trainer.num_updates = 'many'", "Trainer.num_updates = 'many' .*whole number"),
        ("benchmark.train_datasets = ['dtd']", "benchmark.train_datasets = .* a text"),
        ("benchmark.restrict_classes = 3", "benchmark.restrict_classes must be"),
        (
            "benchmark.restrict_num_per_class = {'dtd': {'train': -3}}",
            "benchmark.restrict_num_per_class must be",
        ),
    ],
)
def test_values_that_make_no_sense_are_refused(prepared, binding, problem):
    with pytest.raises(UsageError, match=problem):
        prepared(binding)


def test_a_restriction_may_be_lifted_from_one_scope_alone(prepared):
    """Only training classes are restricted; validation follows the alphabets still."""
    prepared(
        "benchmark.restrict_classes = {'omniglot': {'train': 3}}",
        "train/EpisodeDescriptionConfig.ignore_bilevel_ontology = True",
    )


def test_settings_beside_a_checkpoint_can_be_reloaded(prepared, tmp_path):
    prefix = checkpoint(tmp_path / "other", 5)
    flags = {"is_training": False, "reload_checkpoint_gin_config": True}
    binding = f"Trainer.checkpoint_to_restore = '{prefix}'"
    with pytest.raises(CheckpointError, match=f"there is no {tmp_path}/other/operat"):
        prepared(binding, **flags)
    config = tmp_path / "other/operative_config.gin"
    config.write_text("Trainer.num_eval_episodes = 3\nTrainer.num_updats = 1\n")
    with pytest.raises(UsageError, match=r"operative_config\.gin, line 2"):
        prepared(binding, **flags)
    config.write_text("Trainer.num_eval_episodes = 3\n")
    found = prepared(binding, **flags)
    assert found.gin_config[0] == str(config)
    assert found.restore_from == prefix


def test_nothing_of_it_loads_tensorflow():
    import subprocess
    import sys

    code = "import sys, meta_dataset.preparation; print('tensorflow' in sys.modules)"
    found = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert found.stdout.strip() == "False"
