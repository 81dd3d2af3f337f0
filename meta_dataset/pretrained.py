"""Where the published placeholders for pre-trained weights lead.

The published files start from `/path/to/checkpoints/<name>_best/model_<N>.ckpt` and ask
people to edit that path. Here it stands for the pre-training `<name>` of the same
workspace: its folder is a sibling of this run's checkpoint folder. Only a value below
the placeholder is replaced; any other path is taken as it is. Names on disk only, no
TensorFlow: the application asks the same question before it launches.
"""

import shlex
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from meta_dataset import run_files
from meta_dataset.errors import CheckpointError, UsageError

PLACEHOLDER = PurePosixPath("/path/to/checkpoints")
"""Below it, the published files name pre-trainings."""

_BEST_SUFFIX = "_best"
_BINDING = "Trainer.checkpoint_to_restore"


class Choice(NamedTuple):
    """A checkpoint, and why this one."""

    prefix: Path
    why: str


def placeholder_experiment(value: str) -> str | None:
    """Returns the pre-training that a value stands for, None if it is a real path."""
    path = PurePosixPath(value)
    if not value or PLACEHOLDER not in path.parents:
        return None
    return path.relative_to(PLACEHOLDER).parts[0].removesuffix(_BEST_SUFFIX)


def resolve(value: str, train_checkpoint_dir: str | Path) -> Choice | None:
    """Returns the checkpoint that a placeholder stands for.

    The update is the selected one (`best_<name>.txt`) if there is a selection, else
    the published one if that checkpoint exists, else the latest.

    Args:
      value: of `Trainer.checkpoint_to_restore`.
      train_checkpoint_dir: of the run that starts from it, `$EXPROOT/checkpoints/<run>`.

    Returns:
      The choice; None if the value is no placeholder.

    Raises:
      UsageError: the placeholder names no `model_<N>.ckpt`.
      CheckpointError: there is no such checkpoint; the message names the binding, the
        folder and the command that trains it.
    """
    experiment = placeholder_experiment(value)
    if experiment is None:
        return None
    published = run_files.checkpoint_update(value)
    if published is None:
        raise UsageError(f"{_BINDING} = {value!r} does not end in model_<update>.ckpt.")
    checkpoints = Path(train_checkpoint_dir).absolute().parent
    folder = checkpoints / experiment
    root = run_files.ExperimentRoot(checkpoints.parent)
    present = run_files.list_checkpoints(folder)
    if not present:
        raise CheckpointError(
            f"{_BINDING} = {value!r} stands for the pre-training {experiment}, and "
            f"{folder} holds no checkpoint. Train it first:\n  "
            + training_command(root, experiment)
            + f"\nor bind {_BINDING} to another checkpoint."
        )
    selection = root.best_text(experiment)
    best = _selected_update(selection)
    if best is not None:
        update, why = best, f"selected in {selection}"
    elif published in present:
        update, why = published, "the published update; no selection was made"
    else:
        update, why = present[-1], "the latest; no selection was made"
    if update not in present:
        raise CheckpointError(
            f"{selection} selects update {update} of {experiment}, but {folder} has no "
            f"such checkpoint (it has {describe(present)}). Bind {_BINDING} to one of "
            "them, or select again."
        )
    return Choice(run_files.checkpoint_prefix(folder, update), why)


def training_command(root: run_files.ExperimentRoot, experiment: str) -> str:
    """Returns the shell command that trains an experiment of the walk-through."""
    return (
        "python -m meta_dataset.train --records_root_dir=$RECORDS"
        f" --train_checkpoint_dir={shlex.quote(str(root.checkpoints(experiment)))}"
        f" --summary_dir={shlex.quote(str(root.summaries(experiment)))}"
        f" --gin_config=meta_dataset/learn/gin/best/{experiment}.gin"
        f" --gin_bindings=\"Trainer.experiment_name='{experiment}'\""
    )


def describe(updates: tuple[int, ...]) -> str:
    """Returns the updates of a folder's checkpoints for a message, long lists cut."""
    if not updates:
        return "none"
    if len(updates) > 8:
        first, last = updates[:3], updates[-3:]
        return f"{', '.join(map(str, first))}, ..., {', '.join(map(str, last))}"
    return ", ".join(map(str, updates))


def _selected_update(path: Path) -> int | None:
    """Returns `best_update_num` of a selection; None if there is no such file."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise CheckpointError(f"Cannot read the selection {path}: {error}") from error
    for line in lines:
        key, _, number = line.partition(":")
        if key.strip() == "best_update_num" and number.strip().isdecimal():
            return int(number)
    raise CheckpointError(
        f"{path} has no line 'best_update_num: <update>'. Select again, or remove it."
    )
