"""Everything about a command line that can be checked without TensorFlow.

A wrong name, a missing folder or a learner that is not here should be said in a moment,
not after seconds of loading. What is found out here is a value (`Prepared`) that
`assembly` builds from.
"""

import dataclasses
from pathlib import Path
from typing import Any

import meta_dataset.data.config  # noqa: F401  (registers its settings with gin)
from meta_dataset import (
    gin_files,
    gin_settings,
    pretrained,
    registry,
    run_files,
    training_settings,
)
from meta_dataset import sources as dataset_sources
from meta_dataset.data.learning_spec import Split
from meta_dataset.errors import CheckpointError, UsageError
from meta_dataset.sources import Datasets
from meta_dataset.train_flags import Arguments
from meta_dataset.training_settings import BenchmarkSettings


@dataclasses.dataclass(frozen=True)
class Prepared:
    """A command line that has passed the first checks.

    Attributes:
      arguments: the flags.
      gin_config: gin files to parse, the reloaded one first.
      datasets: what is read.
      evaluation_split: the classes that episodes are scored on.
      resume_from: checkpoint prefix of this very run; training goes on from it.
      restore_from: prefix of `Trainer.checkpoint_to_restore`, placeholders resolved;
        None if there is none or `resume_from` overrides it.
      notes: lines for the log about how those were found.
    """

    arguments: Arguments
    gin_config: tuple[str, ...]
    datasets: Datasets
    evaluation_split: Split
    resume_from: Path | None
    restore_from: Path | None
    notes: tuple[str, ...] = ()

    @property
    def output_dir(self) -> Path:
        """Where the operative settings go: beside checkpoints, or evaluation results."""
        arguments = self.arguments
        if arguments.is_training:
            return Path(arguments.train_checkpoint_dir)
        return Path(arguments.summary_dir)


def prepare(arguments: Arguments) -> Prepared:
    """Checks a command line as far as possible, quickly.

    Raises:
      UsageError: flags or settings are wrong, or a learner is not here yet.
      RecordError: records are missing.
      CheckpointError: a checkpoint is missing.
    """
    files, notes = _gin_files(arguments)
    bindings = gin_files.read(files, arguments.gin_bindings)
    gin_settings.check_bindings(bindings, skip=True)
    gin_settings.check_required(bindings)
    values = gin_settings.trainer_values(bindings)
    training_settings.check(values)
    gin_settings.check_available(values)
    _check_episodic(values)
    split = _evaluation_split(arguments)
    benchmark = BenchmarkSettings(
        **{
            field.name: gin_files.value_of(
                bindings, f"benchmark.{field.name}", field.default
            )
            for field in dataclasses.fields(BenchmarkSettings)
        }
    )
    training_settings.check_benchmark(benchmark)
    datasets = dataset_sources.load(
        arguments.records_root_dir, benchmark, arguments.is_training, split
    )
    resume, restore, more = _checkpoints(
        arguments, values.get("checkpoint_to_restore") or ""
    )
    return Prepared(arguments, files, datasets, split, resume, restore, (*notes, *more))


def _gin_files(arguments: Arguments) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Returns the gin files to parse, and notes about the reloaded one."""
    if not arguments.reload_checkpoint_gin_config:
        return arguments.gin_config, ()
    bindings = gin_files.read(arguments.gin_config, arguments.gin_bindings)
    value = gin_files.value_of(bindings, "Trainer.checkpoint_to_restore") or ""
    if not value:
        return arguments.gin_config, ()
    choice = pretrained.resolve(value, arguments.train_checkpoint_dir)
    prefix = choice.prefix if choice else Path(value)
    path = prefix.parent / run_files.OPERATIVE_CONFIG
    if not path.is_file():
        raise CheckpointError(
            f"--reload_checkpoint_gin_config: there is no {path} beside the checkpoint."
        )
    note = f"Operative Gin configurations loaded from {path}."
    return (str(path.absolute()), *arguments.gin_config), (note,)


def _check_episodic(values: dict[str, Any]) -> None:
    """Checks that `Trainer.episodic` fits the train learner, as published."""
    episodic = values.get("episodic")
    value = values["train_learner_class"]
    name = value if isinstance(value, str) else value.name.split("/")[-1].split(".")[-1]
    entry = registry.learner_entry(name)
    if episodic is not None and bool(episodic) != entry.episodic:
        kind = "episodes" if entry.episodic else "batches"
        raise UsageError(
            f"Trainer.episodic is {episodic}, but Trainer.train_learner_class = "
            f"{name!r} trains on {kind}. Bind it to {entry.episodic}."
        )


def _evaluation_split(arguments: Arguments) -> Split:
    if arguments.eval_split:
        return Split.from_name(arguments.eval_split)
    return Split.VALID if arguments.is_training else Split.TEST


def _checkpoints(
    arguments: Arguments, value: str
) -> tuple[Path | None, Path | None, tuple[str, ...]]:
    """Returns what to resume from, what to restore, and notes."""
    if not arguments.is_training:
        if pretrained.placeholder_experiment(value):
            raise UsageError(
                f"Trainer.checkpoint_to_restore = {value!r} is the placeholder of the "
                "published file. An evaluation needs the checkpoint to evaluate: add "
                "--gin_bindings=\"Trainer.checkpoint_to_restore='<...>/model_<N>.ckpt'\"."
            )
        return None, _existing(Path(value)) if value else None, ()
    latest = _latest(Path(arguments.train_checkpoint_dir))
    if latest is not None:
        note = (
            f"Trainer.checkpoint_to_restore = {value!r} is overridden by the latest "
            f"checkpoint of this training, {latest}."
        )
        return latest, None, (note,) if value else ()
    if not value:
        return None, None, ()
    choice = pretrained.resolve(value, arguments.train_checkpoint_dir)
    if choice is None:
        return None, _existing(Path(value)), ()
    note = f"{value} stands for {choice.prefix} ({choice.why})."
    return None, _existing(choice.prefix), (note,)


def _latest(directory: Path) -> Path | None:
    try:
        update = run_files.latest_checkpoint(directory)
    except OSError as error:
        raise CheckpointError(
            f"Cannot list --train_checkpoint_dir={directory}: "
            f"{error.strerror or error}. Give a folder that can be read and written."
        ) from error
    return None if update is None else run_files.checkpoint_prefix(directory, update)


def _existing(prefix: Path) -> Path:
    """Returns the prefix of a checkpoint after a look at its index file.

    Raises:
      CheckpointError: there is none; the message lists what the folder has.
    """
    if Path(f"{prefix}.index").is_file():
        return prefix
    folder, problem = prefix.parent, "which is not there"
    if prefix.is_dir():
        folder, problem = prefix, "a folder; add /model_<update>.ckpt"
    elif prefix.is_file():
        problem = "one file of a checkpoint; end the name with .ckpt"
    try:
        present = run_files.list_checkpoints(folder)
    except OSError:
        present = ()
    what = "holds no checkpoint" if folder.is_dir() else "does not exist"
    if present:
        what = f"has model_<update>.ckpt for {pretrained.describe(present)}"
    raise CheckpointError(
        f"Trainer.checkpoint_to_restore names {prefix}, {problem}: {folder} {what}. Bind "
        "it to a checkpoint that exists."
    )
