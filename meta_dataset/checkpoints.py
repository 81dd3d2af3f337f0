"""Storing variables in the published checkpoint format, and restoring them.

A checkpoint is `model_<update>.ckpt.{index,data-00000-of-00001}`, as TensorFlow 1's
saver wrote it but without the `.meta` graph, which nothing here could use. It appears
under its name only when it is whole, the index last; a `checkpoint` text file names the
latest one, for tools that ask it.

Reading goes by variable name, so checkpoints of the published code fit.
"""

import contextlib
import os
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf

from meta_dataset import run_files, whole_files
from meta_dataset.errors import CheckpointError
from meta_dataset.pretrained import describe

MAX_TO_KEEP = 500
"""Checkpoints of a run; the oldest go first. The published number."""

_DATA = ".data-00000-of-00001"
_INDEX = ".index"
# The newest published code stores it with weight normalisation only. In weights that
# have been trained, what it speaks of is done.
_DONE_FLAG = "/data_dependent_init_done"
# What a killed process was writing goes once nobody has touched it for so long; the
# writer may be on another machine, so its process number says nothing.
_ABANDONED_SECONDS = 600
_SHOWN = 12  # names in a message; the others are counted


# --- writing --------------------------------------------------------------------


def save(prefix: Path, variables: Mapping[str, tf.Variable]) -> None:
    """Writes variables as the checkpoint `prefix`, whole or not at all.

    Args:
      prefix: as in `model_500.ckpt`; its folder is made if missing.
      variables: {name in the checkpoint: variable}.

    Raises:
      CheckpointError: the folder is not writable or the disk is full. What stood there
        before is unchanged.
    """
    beside = prefix.with_name(f".{prefix.name}.{os.getpid()}.part")
    try:
        prefix.parent.mkdir(parents=True, exist_ok=True)
        tf.raw_ops.SaveV2(
            prefix=str(beside),
            tensor_names=list(variables),
            shape_and_slices=[""] * len(variables),
            tensors=[variable.read_value() for variable in variables.values()],
        )
        for part in (_DATA, _INDEX):
            _flush(f"{beside}{part}")
        # The data first: a reader takes a checkpoint for complete by its index.
        for part in (_DATA, _INDEX):
            os.replace(f"{beside}{part}", f"{prefix}{part}")
        whole_files.flush_folder(prefix.parent)
    except (OSError, tf.errors.OpError) as error:
        raise CheckpointError(
            f"Cannot save the checkpoint {prefix}: {_reason(error)}. Free some space "
            "or make the folder writable (--train_checkpoint_dir), then start the same "
            "command again: it goes on from the last checkpoint."
        ) from error
    finally:
        _remove(beside.parent.glob(f"{beside.name}*"))


def _remove(paths: Iterable[Path]) -> None:
    """Removes what a failed save left, TensorFlow's own temporary files included."""
    with contextlib.suppress(OSError):
        for path in paths:
            path.unlink()


def remove_abandoned(directory: Path, now: float) -> None:
    """Removes what processes that were killed while saving left in a folder.

    Args:
      directory: of the checkpoints.
      now: Unix time.
    """
    with contextlib.suppress(OSError):
        parts = list(directory.glob(".model_*.ckpt.*.part*"))
        limit = now - _ABANDONED_SECONDS
        _remove([path for path in parts if path.stat().st_mtime < limit])


def _flush(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        return error.strerror or str(error)
    # "{{function_node ...}} <path>.tempstate123; No space left on device [Op:SaveV2]"
    line = str(getattr(error, "message", error)).splitlines()[0]
    return line.split(" [Op:")[0].split("}} ")[-1].split("; ")[-1]


def write_index(directory: Path, updates: Sequence[int]) -> None:
    """Writes the text file that names the latest checkpoint, and all of them.

    Args:
      directory: of the checkpoints.
      updates: those that it holds, ascending; at least one.
    """
    names = [run_files.checkpoint_prefix(directory, update).name for update in updates]
    lines = [f'model_checkpoint_path: "{names[-1]}"']
    lines += [f'all_model_checkpoint_paths: "{name}"' for name in names]
    whole_files.write_text(
        directory / run_files.CHECKPOINT_INDEX_FILE, "\n".join(lines) + "\n"
    )


class CheckpointFolder:
    """The checkpoints of one run.

    Args:
      directory: made when the first one is saved.
      max_to_keep: how many stay; saving removes the oldest ones beyond.
    """

    def __init__(self, directory: str | Path, max_to_keep: int = MAX_TO_KEEP):
        self.directory = Path(directory)
        self._max_to_keep = max_to_keep

    def save(self, update: int, variables: Mapping[str, tf.Variable]) -> Path:
        """Saves a checkpoint, names it the latest, and removes the oldest.

        Returns:
          Its prefix.

        Raises:
          CheckpointError: the folder is not writable or the disk is full.
        """
        prefix = run_files.checkpoint_prefix(self.directory, update)
        remove_abandoned(self.directory, time.time())
        save(prefix, variables)
        try:
            kept = self._prune(update)
            write_index(self.directory, kept)
        except OSError as error:
            raise CheckpointError(
                f"Cannot update {self.directory / run_files.CHECKPOINT_INDEX_FILE}: "
                f"{error.strerror or error}. The checkpoint {prefix} itself is saved."
            ) from error
        return prefix

    def _prune(self, newest: int) -> tuple[int, ...]:
        """Removes the oldest checkpoints; returns the updates that are left."""
        updates = run_files.list_checkpoints(self.directory)
        excess = len(updates) - self._max_to_keep
        removed = [update for update in updates if update != newest][: max(excess, 0)]
        for update in removed:
            prefix = run_files.checkpoint_prefix(self.directory, update)
            for part in (_INDEX, _DATA):  # the index first: at once not complete
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(f"{prefix}{part}")
        return tuple(update for update in updates if update not in removed)


# --- reading --------------------------------------------------------------------


def read(prefix: Path, names: Iterable[str] | None = None) -> dict[str, np.ndarray]:
    """Returns {name: value} of a checkpoint, checksums verified.

    Args:
      prefix: as in `model_500.ckpt`.
      names: those to read; None for all. Names that it does not hold are left out.

    Raises:
      CheckpointError: there is no such checkpoint (the message lists those that the
        folder has), or it is damaged.
    """
    try:
        reader = tf.train.load_checkpoint(str(prefix))
        present = reader.get_variable_to_shape_map()
        wanted = present if names is None else [n for n in names if n in present]
        return {name: reader.get_tensor(name) for name in wanted}
    except (
        tf.errors.OpError,
        ValueError,
        RuntimeError,
        OSError,
        LookupError,
    ) as error:
        raise _unreadable(Path(prefix), error) from error


def _unreadable(prefix: Path, error: Exception) -> CheckpointError:
    there = [part for part in (_INDEX, _DATA) if Path(f"{prefix}{part}").is_file()]
    try:
        others = run_files.list_checkpoints(prefix.parent)
    except OSError:
        others = ()
    update = run_files.checkpoint_update(prefix)
    others = tuple(other for other in others if other != update)
    if len(there) == 2:
        return CheckpointError(
            f"The checkpoint {prefix} is damaged ({_reason(error)}). Remove its files "
            f"{prefix.name}.* to go on from another one; {prefix.parent} also has: "
            f"{describe(others)}."
        )
    problem = f"lacks {prefix.name}{_DATA if _INDEX in there else _INDEX}"
    if not there:
        problem = "is not there" if prefix.parent.is_dir() else "has no folder"
    return CheckpointError(
        f"The checkpoint {prefix} {problem}. Checkpoints in {prefix.parent}: "
        f"{describe(others)}."
    )


def restore(
    prefix: Path, variables: Mapping[str, tf.Variable], aim: str
) -> tuple[str, ...]:
    """Gives variables the values that a checkpoint has for them, all or none.

    Args:
      prefix: the checkpoint.
      variables: {name in the checkpoint: variable}.
      aim: what they are for, for the message: 'the backbone'.

    Returns:
      The names restored.

    Raises:
      CheckpointError: it is missing or damaged, or lacks variables, or has them in
        another shape; then no variable has changed.
    """
    values = read(prefix, variables)
    for name in variables:
        if name.endswith(_DONE_FLAG) and name not in values:
            values[name] = np.ones([], np.int32)
    missing = [name for name in variables if name not in values]
    wrong = [
        f"{name} is {list(value.shape)}, not {variables[name].shape.as_list()}"
        for name, value in values.items()
        if variables[name].shape != value.shape
    ]
    if missing or wrong:
        problems = []
        if missing:
            problems.append(f"it lacks {_listing(missing)}")
        if wrong:
            problems.append(f"of other shapes: {_listing(wrong)}")
        raise CheckpointError(
            f"The checkpoint {prefix} does not fit {aim}: {'; '.join(problems)}. Check "
            "Trainer.embedding_network and the learner against those that wrote it."
        )
    for name, value in values.items():
        variables[name].assign(value)
    return tuple(values)


def _listing(items: Sequence[str]) -> str:
    shown = ", ".join(items[:_SHOWN])
    more = len(items) - _SHOWN
    return f"{shown} and {more} more" if more > 0 else shown


def without_omitted(
    variables: Mapping[str, tf.Variable], omitted: Collection[str]
) -> dict[str, tf.Variable]:
    """Returns the variables whose names contain none of the substrings `omitted`."""
    return {
        name: variable
        for name, variable in variables.items()
        if not any(part in name for part in omitted)
    }
