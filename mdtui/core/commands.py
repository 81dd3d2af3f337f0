"""Experiment -> the trainer's argument lists, as the walk-through writes them.

A command is a tuple of arguments; no shell ever sees it, so names and paths arrive as
the one argument they are. Quoting is for people (`shell_line`).
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from mdtui.core.experiments import Experiment
from mdtui.core.settings import Settings
from meta_dataset.run_files import ExperimentRoot, checkpoint_prefix


def training(
    experiment: Experiment, root: ExperimentRoot, settings: Settings
) -> tuple[str, ...]:
    """Returns the command that trains `experiment`, or goes on training it."""
    return (
        *settings.trainer_command,
        f"--records_root_dir={settings.records or ''}",
        f"--train_checkpoint_dir={root.checkpoints(experiment.name)}",
        f"--summary_dir={root.summaries(experiment.name)}",
        *_gin(experiment, settings, ()),
    )


def evaluation(
    experiment: Experiment,
    dataset: str,
    update: int,
    root: ExperimentRoot,
    settings: Settings,
) -> tuple[str, ...]:
    """Returns the command that evaluates one checkpoint on one dataset's test classes.

    Args:
      experiment: what was trained.
      dataset: one of the ten.
      update: the checkpoint's number.
      root: where runs lie.
      settings: how the trainer is started.
    """
    run = root.evaluation_run(experiment.name, dataset)
    checkpoint = checkpoint_prefix(root.checkpoints(experiment.name), update)
    bindings = (
        f"Trainer.checkpoint_to_restore={gin_string(checkpoint)}",
        f"benchmark.eval_datasets={gin_string(dataset)}",
    )
    return (
        *settings.trainer_command,
        "--is_training=False",
        f"--records_root_dir={settings.records or ''}",
        f"--summary_dir={root.summaries(run)}",
        *_gin(experiment, settings, bindings),
    )


def shell_line(command: Sequence[str]) -> str:
    """Returns `command` as one line to paste into a shell.

    Bindings read as in the walk-through: `--gin_bindings="Trainer.seed = 3"`.
    """
    return " ".join(map(_quoted, command))


def _quoted(argument: str) -> str:
    plain = shlex.quote(argument)
    flag, equals, value = argument.partition("=")
    if plain == argument or not equals or shlex.quote(flag) != flag:
        return plain
    # Within double quotes a shell leaves everything alone but these.
    if any(special in value for special in '"$`\\!'):
        return plain
    return f'{flag}="{value}"'


def gin_string(value: str | Path) -> str:
    """Returns `value` as a gin string literal."""
    return repr(str(value))


def _gin(
    experiment: Experiment, settings: Settings, bindings: Sequence[str]
) -> tuple[str, ...]:
    name = f"Trainer.experiment_name={gin_string(experiment.bound_name)}"
    configs = (experiment.gin_file, *settings.gin_configs)
    return (
        *(f"--gin_config={config}" for config in configs),
        *(
            f"--gin_bindings={binding}"
            for binding in (name, *settings.gin_bindings, *bindings)
        ),
    )
