import pytest
from absl import flags

from meta_dataset import train_flags
from meta_dataset.errors import UsageError
from meta_dataset.train_flags import Arguments


def parsed(*arguments):
    values = flags.FlagValues()
    train_flags.define(values)
    return train_flags.parse(values, ["train", *arguments])


def test_defaults_are_the_published_ones():
    assert parsed() == Arguments(
        records_root_dir="",
        train_checkpoint_dir="/tmp/metadataset/checkpoints",
        summary_dir="/tmp/metadataset/summaries",
        is_training=True,
        gin_config=(),
        gin_bindings=(),
        reload_checkpoint_gin_config=False,
        eval_split=None,
        omitted=(
            "num_left_in_epoch",
            "fc_finetune",
            "linear_classifier",
            "adam_opt",
            "weight_copy",
        ),
    )


def test_a_command_line_of_the_walk_through():
    arguments = parsed(
        "--is_training=False",
        "--records_root_dir=/records",
        "--summary_dir=/summaries/x",
        "--gin_config=a.gin",
        "--gin_config=b.gin",
        "--gin_bindings=Trainer.experiment_name='x'",
        "--gin_bindings=benchmark.eval_datasets='dtd'",
        "--eval_split=valid",
        "--omit_from_saving_and_reloading=fc",
    )
    assert not arguments.is_training
    assert arguments.gin_config == ("a.gin", "b.gin")
    assert arguments.gin_bindings[1] == "benchmark.eval_datasets='dtd'"
    assert arguments.eval_split == "valid"
    assert arguments.omitted == ("fc",)


@pytest.mark.parametrize(
    ("argument", "problem"),
    [
        ("--gin_confg=x", "gin_confg.*gin_config"),
        ("--eval_split=training", "eval_split"),
        ("--is_training=maybe", "is_training"),
        ("--omit_from_saving_and_reloading=resnet", "omit_from_saving"),
        ("train", "Unexpected argument 'train'"),
        ("--eval_finegrainedness", "--eval_finegrainedness is .* not available yet"),
        ("--eval_finegrainedness_split=test", "not available yet"),
        ("--eval_imbalance_dataset=dtd", "not available yet"),
    ],
)
def test_what_cannot_be_done_is_refused(argument, problem):
    with pytest.raises(UsageError, match=f"(?s){problem}"):
        parsed(argument)


def test_asking_for_what_is_the_default_is_no_wish():
    assert parsed("--eval_finegrainedness=False", "--eval_imbalance_dataset=") == (
        Arguments()
    )
