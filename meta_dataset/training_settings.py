"""The settings that gin binds on `Trainer` and on `benchmark`.

The names are the published ones. Only values here, no TensorFlow, so that a command
line is checked in a moment; `assembly` builds from them.
"""

import dataclasses
from collections.abc import Mapping
from typing import Any

import gin

from meta_dataset.errors import UsageError


@gin.configurable("Trainer", module="meta_dataset")
@dataclasses.dataclass(frozen=True)
class TrainerSettings:
    """What a run does, and how long.

    Defaults are those of the published setup files (revision of April 2020). Counts
    are updates of the outer optimiser: one episode, or one batch, each.

    Attributes:
      experiment_name: a label; the folders name the run.
      train_learner_class: a published name ('PrototypicalNet') or a gin reference.
      eval_learner_class: likewise; episodes are scored with it.
      embedding_network: the backbone, by its published name.
      train_episode_config: how training episodes are drawn; episodic learners only.
      eval_episode_config: how validation and test episodes are drawn.
      data_config: how records are read.
      episodic: whether the train learner is fed episodes; None asks the learner.
      num_updates: where training ends.
      batch_size: images a batch; learners that train on batches only.
      num_eval_episodes: episodes of one validation or evaluation.
      checkpoint_every: updates between checkpoints.
      validate_every: updates between validations.
      log_every: updates between log lines, with their summaries.
      checkpoint_to_restore: prefix of a checkpoint: the pre-trained backbone of a
        training, or what an evaluation scores. Empty for none.
      learning_rate: of Adam, before any decay.
      decay_learning_rate: whether the rate falls in steps.
      decay_every: updates between two steps of the rate.
      decay_rate: factor of one step.
      pretrained_source: a label, '', 'scratch' or 'imagenet'; nothing reads it.
      seed: of initial weights and of all episodes; not in the published code.
      stop_on_nan: whether a loss that is not finite ends the run; likewise.
    """

    experiment_name: str = gin.REQUIRED
    train_learner_class: Any = gin.REQUIRED
    eval_learner_class: Any = gin.REQUIRED
    embedding_network: Any = gin.REQUIRED
    train_episode_config: Any = gin.REQUIRED
    eval_episode_config: Any = gin.REQUIRED
    data_config: Any = gin.REQUIRED
    episodic: bool | None = None
    num_updates: int = 75000
    batch_size: int = 256
    num_eval_episodes: int = 600
    checkpoint_every: int = 500
    validate_every: int = 500
    log_every: int = 100
    checkpoint_to_restore: str | None = ""
    learning_rate: float = 1e-4
    decay_learning_rate: bool = False
    decay_every: int = 5000
    decay_rate: float = 0.5
    pretrained_source: str = ""
    seed: int = 0
    stop_on_nan: bool = True


REQUIRED = tuple(
    field.name
    for field in dataclasses.fields(TrainerSettings)
    if field.default is gin.REQUIRED
)
"""The parameters of `Trainer` that some gin file or binding must give."""

_POSITIVE_COUNTS = (
    "batch_size",
    "num_eval_episodes",
    "checkpoint_every",
    "validate_every",
    "log_every",
    "decay_every",
)


def check(values: Mapping[str, Any]) -> None:
    """Checks values of `Trainer` that need nothing else to be judged.

    Args:
      values: {parameter: value}; a missing one is not checked.

    Raises:
      UsageError: one is of the wrong kind or out of range; the message names it.
    """
    for name in _POSITIVE_COUNTS:
        _check_count(values, name, 1)
    for name in ("num_updates", "seed"):
        _check_count(values, name, 0)
    for name in ("learning_rate", "decay_rate"):
        value = values.get(name, 1.0)
        if not _is_number(value) or not value > 0:
            raise UsageError(
                f"Trainer.{name} must be a positive number, not {value!r}."
            )
    name = values.get("experiment_name", "-")
    if not isinstance(name, str) or not name:
        raise UsageError(f"Trainer.experiment_name must be a text, not {name!r}.")
    prefix = values.get("checkpoint_to_restore", "")
    if prefix is not None and not isinstance(prefix, str):
        raise UsageError(
            f"Trainer.checkpoint_to_restore must be a path in quotes, not {prefix!r}."
        )


def _check_count(values: Mapping[str, Any], name: str, least: int) -> None:
    value = values.get(name, least)
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise UsageError(
            f"Trainer.{name} must be a whole number of at least {least}, not {value!r}."
        )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


@gin.configurable("benchmark", module="meta_dataset")
@dataclasses.dataclass(frozen=True)
class BenchmarkSettings:
    """Which datasets a run uses.

    Attributes:
      train_datasets: names of datasets to train on, separated by commas.
      eval_datasets: names of datasets to validate on, or the one to evaluate.
      restrict_classes: {dataset: {split: n}}: only the first n classes of the split.
      restrict_num_per_class: {dataset: {split: n}}: only the first n images a class.
    """

    train_datasets: str = ""
    eval_datasets: str = ""
    restrict_classes: Mapping[str, Mapping[str, int]] | None = None
    restrict_num_per_class: Mapping[str, Mapping[str, int]] | None = None


def check_benchmark(benchmark: BenchmarkSettings) -> None:
    """Checks the kinds of the values.

    Raises:
      UsageError: one is of the wrong kind; the message names it.
    """
    for name in ("train_datasets", "eval_datasets"):
        value = getattr(benchmark, name)
        if not isinstance(value, str):
            raise UsageError(
                f"benchmark.{name} must be names in one text, separated by commas, not "
                f"{value!r}."
            )
    for name in ("restrict_classes", "restrict_num_per_class"):
        value = getattr(benchmark, name)
        if not _is_restriction(value):
            raise UsageError(
                f"benchmark.{name} must be like {{'omniglot': {{'train': 10}}}}, not "
                f"{value!r}."
            )


def _is_restriction(value: Any) -> bool:
    if value is None:
        return True
    return isinstance(value, Mapping) and all(
        isinstance(numbers, Mapping)
        and all(type(number) is int and number > 0 for number in numbers.values())
        for numbers in value.values()
    )


def dataset_names(text: str) -> tuple[str, ...]:
    """Returns the names in a comma-separated list, each once, in order."""
    names = (name.strip() for name in text.split(","))
    return tuple(dict.fromkeys(name for name in names if name))
