"""Whole trainings and evaluations on tiny records, in this process."""

import math
import signal

import gin
import numpy as np
import pytest
from tensorboard.compat.proto import event_pb2

from meta_dataset import assembly, checkpoints, run_files, tfrecord
from meta_dataset.errors import CheckpointError, MetaDatasetError, UsageError
from meta_dataset.preparation import prepare
from meta_dataset.stop_signals import Stopped, StopSignals
from meta_dataset.train_flags import Arguments

BEST = "meta_dataset/learn/gin/best/{}.gin"
DEMO = "meta_dataset/learn/gin/setups/demo.gin"
SMALL = (
    "Trainer.experiment_name = 'tiny'",
    "benchmark.train_datasets = 'dtd'",
    "benchmark.eval_datasets = 'dtd'",
    "DataConfig.image_height = 16",
    "Trainer.num_eval_episodes = 2",
    "Trainer.batch_size = 16",
    "Trainer.num_updates = 6",
    "Trainer.checkpoint_every = 3",
    "Trainer.validate_every = 3",
    "Trainer.log_every = 1",
)


class Workspace:
    """An experiment folder, and runs in it."""

    def __init__(self, records, root):
        self.records = str(records)
        self.root = run_files.ExperimentRoot(root)

    def arguments(self, run, *bindings, experiment="prototypical_imagenet", **flags):
        return Arguments(
            records_root_dir=self.records,
            train_checkpoint_dir=str(self.root.checkpoints(run)),
            summary_dir=str(self.root.summaries(run)),
            gin_config=(BEST.format(experiment), DEMO),
            gin_bindings=(*SMALL, *bindings),
            **flags,
        )

    def run(self, run, *bindings, stop=None, **more):
        prepared = prepare(self.arguments(run, *bindings, **more))
        assembly.run(prepared, stop or StopSignals())

    def updates(self, run):
        return run_files.list_checkpoints(self.root.checkpoints(run))

    def weights(self, run, update):
        folder = self.root.checkpoints(run)
        return checkpoints.read(run_files.checkpoint_prefix(folder, update))

    def scalars(self, run):
        """{tag: [(step, value)]} over all event files, in order."""
        found = {}
        for path in sorted(self.root.summaries(run).glob("events*")):
            for record in tfrecord.read_records(path):
                event = event_pb2.Event.FromString(record)
                for value in event.summary.value:
                    if value.WhichOneof("value") == "simple_value":
                        points = found.setdefault(value.tag, [])
                        points.append((event.step, value.simple_value))
        return found


@pytest.fixture(scope="module")
def workspace(tiny_records, tmp_path_factory):
    yield Workspace(tiny_records, tmp_path_factory.mktemp("exproot"))
    gin.clear_config()


class StopAfter(StopSignals):
    """Asks to stop once it was asked about so many times."""

    def __init__(self, questions):
        super().__init__()
        self._left = questions

    @property
    def requested(self):
        self._left -= 1
        return None if self._left >= 0 else signal.SIGTERM


@pytest.fixture(scope="module")
def whole(workspace):
    """A run of six updates without interruption."""
    workspace.run("whole")
    return workspace


def test_a_run_leaves_what_was_published(whole):
    assert whole.updates("whole") == (0, 3, 6)
    scalars = whole.scalars("whole")
    assert set(scalars) == {
        "train_loss",
        "train_acc",
        "valid_loss",
        "valid_acc",
        "mean valid acc",
        "valid acc CI",
    }
    assert [step for step, _ in scalars["train_loss"]] == [1, 2, 3, 4, 5, 6]
    assert [step for step, _ in scalars["mean valid acc"]] == [0, 3, 6]
    assert all(0 <= accuracy <= 1 for _, accuracy in scalars["mean valid acc"])
    config = whole.root.checkpoints("whole") / run_files.OPERATIVE_CONFIG
    assert "Trainer.experiment_name = 'tiny'" in config.read_text()


@pytest.mark.parametrize("questions", [1, 7, 10])
def test_a_stopped_run_goes_on_as_if_nothing_had_happened(whole, questions):
    """Stopped in a validation or between updates, then resumed: the same numbers."""
    run = f"stopped_{questions}"
    with pytest.raises(Stopped) as raised:
        whole.run(run, stop=StopAfter(questions))
    assert raised.value.exit_code == 143
    reached = whole.updates(run)[-1]
    assert reached < 6
    whole.run(run)
    assert whole.updates(run)[-1] == 6
    for tag, points in whole.scalars("whole").items():
        # A later value of a step counts; the resumed run repeats a validation.
        assert dict(whole.scalars(run)[tag]) == dict(points), tag
    assert len(whole.scalars(run)["train_loss"]) == 6
    for name, value in whole.weights("whole", 6).items():
        np.testing.assert_array_equal(whole.weights(run, 6)[name], value, name)


def test_another_seed_is_another_run_with_the_same_order_of_things(whole, caplog):
    caplog.set_level("INFO", logger="absl")
    every = [f"Trainer.{what}_every = 1" for what in ("validate", "checkpoint")]
    whole.run("seeded", "Trainer.seed = 1", "Trainer.num_updates = 1", *every)
    first = whole.scalars("whole")["train_loss"][0]
    assert whole.scalars("seeded")["train_loss"][0] != first
    words = ("Starting", "Model", "Performing", "Done", "Update")
    lines = [m.split()[:2] for m in caplog.messages if m.startswith(words)]
    assert [" ".join(line) for line in lines] == [
        "Starting training",
        "Starting training",
        "Model initialization",
        "Performing evaluation",
        "Done.",
        "Performing evaluation",
        "Done.",
        "Update 1.",
        "Model checkpoint",
    ]


def test_a_finished_run_started_again_only_validates(whole):
    before = whole.weights("whole", 6)
    whole.run("whole")
    assert whole.updates("whole") == (0, 3, 6)
    assert len(whole.scalars("whole")["train_loss"]) == 6
    assert whole.scalars("whole")["mean valid acc"][-1][0] == 6
    for name, value in whole.weights("whole", 6).items():
        np.testing.assert_array_equal(value, before[name])
    config = whole.root.checkpoints("whole") / run_files.OPERATIVE_CONFIG
    assert config.with_name(config.name + ".old").is_file()


def test_divergence_stops_before_anything_is_saved(workspace):
    with pytest.raises(MetaDatasetError, match="after update [12]: training diverged"):
        workspace.run("diverged", "Trainer.learning_rate = 1e30")
    assert workspace.updates("diverged") == (0,)
    assert not math.isfinite(workspace.scalars("diverged")["train_loss"][-1][1])


def test_divergence_may_be_allowed(workspace):
    workspace.run(
        "allowed",
        "Trainer.learning_rate = 1e30",
        "Trainer.stop_on_nan = False",
        "Trainer.num_updates = 3",
        "Trainer.validate_every = 9",
    )
    assert workspace.updates("allowed") == (0, 3)


def test_baselines_train_on_batches_of_several_datasets(workspace):
    bindings = (
        "benchmark.train_datasets = 'dtd,cu_birds'",
        "BatchSplitReaderGetReader.add_dataset_offset = True",
        "BaselineLearner.use_weight_norm = True",
        "Trainer.num_updates = 3",
    )
    workspace.run("baseline", *bindings, experiment="baseline_imagenet")
    before, after = (workspace.weights("baseline", n) for n in (0, 3))
    # All classes of all splits of both datasets, as published.
    assert after["fc/w_fc"].shape[1] == 40
    assert before["fc/data_dependent_init_done"] == 0
    assert after["fc/data_dependent_init_done"] == 1
    assert all(loss == 0 for _, loss in workspace.scalars("baseline")["valid_loss"])


def test_a_pretrained_backbone_starts_a_new_run(workspace, whole):
    """Only the backbone comes over: not the step, the optimiser or the head."""
    prefix = run_files.checkpoint_prefix(whole.root.checkpoints("whole"), 6)
    workspace.run(
        "pretrained",
        f"Trainer.checkpoint_to_restore = '{prefix}'",
        "Trainer.num_updates = 0",
        experiment="baseline_imagenet",
    )
    start, source = workspace.weights("pretrained", 0), whole.weights("whole", 6)
    name = "four_layer_convnet/layer_3/weight"
    np.testing.assert_array_equal(start[name], source[name])
    assert not start[f"{name}/Adam"].any()
    assert source[f"{name}/Adam"].any()
    assert start["global_step"] == 0


def test_a_latest_checkpoint_overrides_the_pretrained_one(whole):
    prepared = prepare(
        whole.arguments("whole", "Trainer.checkpoint_to_restore = '/no/model_1.ckpt'")
    )
    assert prepared.resume_from.name == "model_6.ckpt"
    assert prepared.restore_from is None
    assert "overridden" in prepared.notes[0]


def test_an_evaluation_leaves_the_published_summaries(whole):
    prefix = run_files.checkpoint_prefix(whole.root.checkpoints("whole"), 6)
    whole.run(
        "whole_eval_dtd",
        f"Trainer.checkpoint_to_restore = '{prefix}'",
        "Trainer.num_eval_episodes = 4",
        is_training=False,
    )
    scalars = whole.scalars("whole_eval_dtd")
    assert set(scalars) == {"test_way", "mean test acc", "test acc CI"}
    assert [step for step, _ in scalars["test_way"]] == [0, 1, 2, 3]
    assert [step for step, _ in scalars["mean test acc"]] == [0]
    assert (whole.root.summaries("whole_eval_dtd") / "operative_config.gin").is_file()


def test_another_split_can_be_evaluated_with_the_settings_of_the_checkpoint(whole):
    prefix = run_files.checkpoint_prefix(whole.root.checkpoints("whole"), 6)
    arguments = Arguments(
        records_root_dir=whole.records,
        summary_dir=str(whole.root.summaries("reloaded")),
        is_training=False,
        gin_bindings=(
            f"Trainer.checkpoint_to_restore = '{prefix}'",
            "Trainer.num_eval_episodes = 3",
        ),
        gin_config=(),
        reload_checkpoint_gin_config=True,
        eval_split="train",
    )
    prepared = prepare(arguments)
    assert "operative_config.gin" in prepared.notes[0]
    assembly.run(prepared, StopSignals())
    scalars = whole.scalars("reloaded")
    assert len(scalars["train_way"]) == 3
    assert "mean train acc" in scalars


def test_a_stopped_evaluation_has_no_result(whole):
    with pytest.raises(Stopped):
        whole.run("stopped_eval", is_training=False, stop=StopAfter(1))
    assert set(whole.scalars("stopped_eval")) == {"test_way"}


def test_neighbours_among_the_outputs_of_the_head_take_it_from_the_checkpoint(
    workspace,
):
    workspace.run(
        "plain",
        "Trainer.num_updates = 1",
        "Trainer.checkpoint_every = 1",
        experiment="baseline_imagenet",
    )
    prefix = run_files.checkpoint_prefix(workspace.root.checkpoints("plain"), 1)
    workspace.run(
        "plain_eval",
        f"Trainer.checkpoint_to_restore = '{prefix}'",
        "BaselineLearner.knn_in_fc = True",
        "benchmark.eval_datasets = 'cu_birds'",
        experiment="baseline_imagenet",
        is_training=False,
    )
    assert len(workspace.scalars("plain_eval")["test_way"]) == 2


@pytest.mark.parametrize(
    ("binding", "problem"),
    [
        ("Trainer.data_config = @DataConfig", "with the parentheses"),
        ("PrototypicalNetworkLearner.weight_dcay = 1", "Nearest valid: .*weight_decay"),
        ("DataConfig.reader = 'none'", "DataConfig.reader is 'none'"),
        (
            "PrototypicalNetworkLearner.weight_decay = 'a'",
            "weight_decay = 'a' .*number",
        ),
        ("process_episode.support_decoder = None", "support_decoder gives no images"),
        ("process_episode.query_decoder = 'a'", "'a' is no decoder"),
        ("support/DataAugmentation.jitter_amount = 16", "below the height"),
        ("support/DataAugmentation.gaussian_noise_std = -1", "at least 0"),
        ("EpisodeDescriptionConfig.num_ways = 50", "50 ways"),
    ],
)
def test_settings_that_only_their_owner_understands(workspace, binding, problem):
    with pytest.raises(UsageError, match=problem) as raised:
        workspace.run("refused", binding)
    assert "In call to configurable" not in str(raised.value)


def test_a_checkpoint_of_another_backbone_does_not_fit(whole):
    prefix = run_files.checkpoint_prefix(whole.root.checkpoints("whole"), 6)
    with pytest.raises(CheckpointError, match="lacks resnet18/conv1/weight"):
        whole.run(
            "other",
            f"Trainer.checkpoint_to_restore = '{prefix}'",
            "Trainer.embedding_network = 'resnet'",
            is_training=False,
        )
