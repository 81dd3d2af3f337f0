"""The command line of `python -m meta_dataset.train`, as values.

Flags are read here and nowhere else. Names and defaults are the published ones.
"""

import dataclasses
from collections.abc import Sequence

from absl import flags

from meta_dataset.errors import UsageError

_SPLITS = ("train", "valid", "test")
_OMITTABLE = (
    "num_left_in_epoch",
    "fc_finetune",
    "linear_classifier",
    "adam_opt",
    "weight_copy",
    "fc",
)


@dataclasses.dataclass(frozen=True)
class Arguments:
    """One command line; see `define` for each.

    Attributes:
      records_root_dir: folder with one folder of records a dataset.
      train_checkpoint_dir: where training saves and resumes.
      summary_dir: where event files go.
      is_training: False for an evaluation.
      gin_config: gin files, in order.
      gin_bindings: bindings, applied after the files.
      reload_checkpoint_gin_config: also load the settings beside the checkpoint.
      eval_split: overrides the evaluation split; None leaves it.
      omitted: substrings of variable names that are never saved nor restored.
    """

    records_root_dir: str = ""
    train_checkpoint_dir: str = "/tmp/metadataset/checkpoints"
    summary_dir: str = "/tmp/metadataset/summaries"
    is_training: bool = True
    gin_config: tuple[str, ...] = ()
    gin_bindings: tuple[str, ...] = ()
    reload_checkpoint_gin_config: bool = False
    eval_split: str | None = None
    omitted: tuple[str, ...] = _OMITTABLE[:-1]


def define(values: flags.FlagValues) -> None:
    """Defines the flags on `values`."""
    defaults = Arguments()
    define_string = flags.DEFINE_string
    define_string(
        "records_root_dir",
        defaults.records_root_dir,
        "Folder that holds one folder of records for each dataset.",
        flag_values=values,
    )
    define_string(
        "train_checkpoint_dir",
        defaults.train_checkpoint_dir,
        "Where training saves checkpoints, and goes on from the latest one.",
        flag_values=values,
    )
    define_string(
        "summary_dir",
        defaults.summary_dir,
        "Where event files go.",
        flag_values=values,
    )
    flags.DEFINE_bool(
        "is_training",
        defaults.is_training,
        "Train; --is_training=False evaluates Trainer.checkpoint_to_restore.",
        flag_values=values,
    )
    flags.DEFINE_multi_string(
        "gin_config",
        None,
        "A gin file, such as meta_dataset/learn/gin/best/prototypical_imagenet.gin. "
        "May be repeated; later files win.",
        flag_values=values,
    )
    flags.DEFINE_multi_string(
        "gin_bindings",
        None,
        "A binding, such as \"Trainer.experiment_name='mine'\". May be repeated; wins "
        "over the files.",
        flag_values=values,
    )
    flags.DEFINE_bool(
        "reload_checkpoint_gin_config",
        defaults.reload_checkpoint_gin_config,
        "Also load operative_config.gin beside Trainer.checkpoint_to_restore; files and "
        "bindings of this command line win over it.",
        flag_values=values,
    )
    flags.DEFINE_enum(
        "eval_split",
        None,
        _SPLITS,
        "Classes to evaluate on. Default: valid when training, else test.",
        flag_values=values,
    )
    flags.DEFINE_multi_enum(
        "omit_from_saving_and_reloading",
        list(defaults.omitted),
        _OMITTABLE,
        "Variables with this in their name are neither saved nor restored. May be "
        "repeated.",
        flag_values=values,
    )
    _define_analyses(values)


def _define_analyses(values: flags.FlagValues) -> None:
    """Defines the published flags whose feature is not here yet."""
    flags.DEFINE_bool(
        "eval_finegrainedness",
        False,
        "Two-way episodes for the analysis of fine-grainedness. Not available yet.",
        flag_values=values,
    )
    flags.DEFINE_enum(
        "eval_finegrainedness_split",
        "train",
        _SPLITS,
        "The split of that analysis. Not available yet.",
        flag_values=values,
    )
    flags.DEFINE_string(
        "eval_imbalance_dataset",
        "",
        "Two-way episodes for the analysis of imbalance. Not available yet.",
        flag_values=values,
    )


def parse(values: flags.FlagValues, argv: Sequence[str]) -> Arguments:
    """Returns what a command line asks for.

    Args:
      values: on which the flags are `define`d.
      argv: program name first.

    Raises:
      UsageError: an unknown flag, a wrong value, or a flag whose feature is not here.
    """
    try:
        rest = values(list(argv))
    except flags.Error as error:
        raise UsageError(str(error)) from error
    if len(rest) > 1:
        raise UsageError(
            f"Unexpected argument {rest[1]!r}: every argument is a --flag=value."
        )
    for name in (
        "eval_finegrainedness",
        "eval_finegrainedness_split",
        "eval_imbalance_dataset",
    ):
        if values[name].present and values[name].value != values[name].default:
            raise UsageError(f"--{name} is published but not available yet.")
    return Arguments(
        records_root_dir=values.records_root_dir,
        train_checkpoint_dir=values.train_checkpoint_dir,
        summary_dir=values.summary_dir,
        is_training=values.is_training,
        gin_config=tuple(values.gin_config or ()),
        gin_bindings=tuple(values.gin_bindings or ()),
        reload_checkpoint_gin_config=values.reload_checkpoint_gin_config,
        eval_split=values.eval_split,
        omitted=tuple(values.omit_from_saving_and_reloading),
    )
