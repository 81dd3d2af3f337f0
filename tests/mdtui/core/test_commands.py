"""Command lines exactly as the walk-through writes them."""

from pathlib import Path

import pytest

from mdtui.core.commands import evaluation, gin_string, shell_line, training
from mdtui.core.experiments import Experiment
from mdtui.core.settings import Settings
from meta_dataset.run_files import ExperimentRoot

ROOT = ExperimentRoot(Path("/exp"))
SETTINGS = Settings(
    records="/records", trainer_command=("python", "-m", "meta_dataset.train")
)
GIN = "meta_dataset/learn/gin/best"


def experiment(name):
    return Experiment(name=name, gin_file=f"{GIN}/{name}.gin")


def test_training_as_in_the_walk_through():
    assert training(experiment("matching_imagenet"), ROOT, SETTINGS) == (
        "python", "-m", "meta_dataset.train",
        "--records_root_dir=/records",
        "--train_checkpoint_dir=/exp/checkpoints/matching_imagenet",
        "--summary_dir=/exp/summaries/matching_imagenet",
        f"--gin_config={GIN}/matching_imagenet.gin",
        "--gin_bindings=Trainer.experiment_name='matching_imagenet'",
    )  # fmt: skip


def test_pretrainings_share_their_experiment_name():
    command = training(experiment("baseline_imagenet_resnet"), ROOT, SETTINGS)
    assert "--gin_bindings=Trainer.experiment_name='baseline_imagenet'" in command
    assert "--summary_dir=/exp/summaries/baseline_imagenet_resnet" in command


def test_evaluation_as_in_the_walk_through():
    command = evaluation(experiment("maml_all"), "dtd", 250, ROOT, SETTINGS)
    assert command == (
        "python", "-m", "meta_dataset.train",
        "--is_training=False",
        "--records_root_dir=/records",
        "--summary_dir=/exp/summaries/maml_all_eval_dtd",
        f"--gin_config={GIN}/maml_all.gin",
        "--gin_bindings=Trainer.experiment_name='maml_all'",
        ("--gin_bindings=Trainer.checkpoint_to_restore="
        "'/exp/checkpoints/maml_all/model_250.ckpt'"),
        "--gin_bindings=benchmark.eval_datasets='dtd'",
    )  # fmt: skip


def test_overrides_come_after_the_experiments_own_file():
    settings = Settings(
        records="/r", gin_configs=("demo.gin",), gin_bindings=("Trainer.seed = 1",)
    )
    command = training(experiment("x"), ROOT, settings)
    own = command.index(f"--gin_config={GIN}/x.gin")
    assert command[own + 1] == "--gin_config=demo.gin"
    assert command[-1] == "--gin_bindings=Trainer.seed = 1"


def test_a_line_for_the_shell_reads_as_the_walk_through_does():
    line = shell_line(training(experiment("maml_all"), ROOT, SETTINGS))
    assert """ --gin_bindings="Trainer.experiment_name='maml_all'\"""" in line


@pytest.mark.parametrize(
    "name", ["it's", 'a"b', "a;b $(c)", "neu\nline", "ünï", "a!b", "a b"]
)
def test_any_name_stays_one_argument(name):
    import ast
    import shlex

    command = training(experiment(name), ROOT, SETTINGS)
    assert shlex.split(shell_line(command)) == list(command)
    binding = next(part for part in command if "experiment_name" in part)
    assert ast.literal_eval(binding.partition("experiment_name=")[2]) == name
    assert ast.literal_eval(gin_string(Path(name))) == name
