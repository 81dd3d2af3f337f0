"""From settings to a running trainer: builds the parts and puts them together.

Loads TensorFlow. What can be known without it was checked before (`preparation`).
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gin
import tensorflow as tf
from absl import logging

from meta_dataset import checkpoints as checkpoint_files
from meta_dataset import (
    failures,
    gin_settings,
    registry,
    run_files,
    streams,
    whole_files,
)
from meta_dataset.checkpoints import CheckpointFolder
from meta_dataset.data.config import DataConfig, EpisodeDescriptionConfig
from meta_dataset.errors import CheckpointError, MetaDatasetError, UsageError
from meta_dataset.learners.base import Learner
from meta_dataset.preparation import Prepared
from meta_dataset.stop_signals import StopSignals
from meta_dataset.summaries import EventWriter
from meta_dataset.trainer import Streams, Trainer, evaluate_checkpoint
from meta_dataset.training_settings import BenchmarkSettings, TrainerSettings
from meta_dataset.training_state import TrainingState
from meta_dataset.updates import EpisodeEvaluation, Update


def run(prepared: Prepared, stop: StopSignals) -> None:
    """Trains or evaluates.

    Args:
      prepared: the checked command line.
      stop: tells when to leave.

    Raises:
      MetaDatasetError: something a person can mend.
      Stopped: a signal asked for it.
    """
    with _without_call_stack(), failures.explained():
        settings = configure(prepared)
        for note in prepared.notes:
            logging.info("%s", note)
        if prepared.arguments.is_training:
            _train(prepared, settings, stop)
        else:
            _evaluate(prepared, settings, stop)


def configure(prepared: Prepared) -> TrainerSettings:
    """Hands the settings to gin and returns those of `Trainer`.

    Raises:
      UsageError: a name is wrong, or a value is refused by what it is bound to.
    """
    registry.register_with_gin()
    gin_settings.parse(prepared.gin_config, prepared.arguments.gin_bindings)
    settings = _constructed(TrainerSettings)
    for name, kind in (
        ("data_config", DataConfig),
        ("train_episode_config", EpisodeDescriptionConfig),
        ("eval_episode_config", EpisodeDescriptionConfig),
    ):
        if not isinstance(getattr(settings, name), kind):
            raise UsageError(
                f"Trainer.{name} must be a {kind.__name__}: bind it to "
                f"@{kind.__name__}(), with the parentheses."
            )
    return settings


def _constructed(configurable: Any, *arguments: Any) -> Any:
    """Returns a configurable's instance; what it refuses is the user's to mend."""
    try:
        with _without_call_stack():
            return configurable(*arguments)
    except MetaDatasetError:
        raise
    except (ValueError, TypeError, RuntimeError) as error:
        raise UsageError(f"The settings are refused: {error}") from error


@contextlib.contextmanager
def _without_call_stack() -> Iterator[None]:
    """Drops the lines that gin adds to messages, which nobody can act on."""
    try:
        yield
    except MetaDatasetError as error:
        message, note, _ = str(error).partition("\n  In call to configurable")
        if not note:
            raise
        kind = UsageError if isinstance(error, UsageError) else MetaDatasetError
        raise kind(message) from error


# --- training ---------------------------------------------------------------------


def _train(prepared: Prepared, settings: TrainerSettings, stop: StopSignals) -> None:
    arguments = prepared.arguments
    datasets = prepared.datasets
    image_height = settings.data_config.image_height
    learner = _learner(settings.train_learner_class, settings)
    evaluation_learner = _learner(settings.eval_learner_class, settings)
    state = TrainingState(
        learner.init(
            None if learner.episodic else datasets.num_classes,
            settings.seed,
            image_height,
        )
    )
    saved = checkpoint_files.without_omitted(state.variables(), arguments.omitted)
    logging.info(
        "Omitting from saving / restoring any variable that contains any of the "
        "following substrings: %s",
        list(arguments.omitted),
    )
    _restore(prepared, settings, state, saved)

    benchmark = _constructed(BenchmarkSettings)
    drawn = streams.episode_sources(
        datasets.evaluation,
        prepared.evaluation_split,
        settings.eval_episode_config,
        benchmark,
    )
    validation = streams.validation(settings, drawn, state.step)
    logged = streams.logged(settings, drawn, state.step)
    train = streams.training(
        settings, benchmark, datasets.train, learner.episodic, state.step
    )
    update = Update(state, learner, train.element_spec)
    evaluate = EpisodeEvaluation(
        state.params, evaluation_learner, validation.element_spec
    )
    _write_operative_config(prepared.output_dir)
    with EventWriter(arguments.summary_dir) as writer, stop.deferred():
        logging.info(
            "Starting training for dataset(s) %s...", [s.name for s in datasets.train]
        )
        Trainer(
            settings=settings,
            state=state,
            learner=learner,
            update=update,
            evaluate=evaluate,
            streams=Streams(iter(train), iter(validation), iter(logged)),
            checkpoints=CheckpointFolder(arguments.train_checkpoint_dir),
            saved=saved,
            writer=writer,
            stop=stop,
            split_name=prepared.evaluation_split.name.lower(),
        ).train()


def _restore(
    prepared: Prepared,
    settings: TrainerSettings,
    state: TrainingState,
    saved: dict[str, tf.Variable],
) -> None:
    """Restores a training: all of it, or a pre-trained backbone, or nothing."""
    if prepared.resume_from is not None:
        checkpoint_files.restore(prepared.resume_from, saved, "this training")
        logging.info(
            "Restored latest checkpoint from training: %s", prepared.resume_from
        )
        return
    if prepared.restore_from is None:
        logging.info("No checkpoints found; training from random initialization.")
        return
    logging.info("No training checkpoints found.")
    backbone = registry.backbone(settings.embedding_network)()
    scopes = tuple(f"{scope}/" for scope in backbone.init(settings.seed))
    names = {
        name: variable
        for name, variable in state.weights.items()
        if name.startswith(scopes) and name in saved
    }
    restored = checkpoint_files.restore(prepared.restore_from, names, "the backbone")
    logging.info(
        "Restored the variables %s from %s", list(restored), prepared.restore_from
    )


# --- evaluation -------------------------------------------------------------------


def _evaluate(prepared: Prepared, settings: TrainerSettings, stop: StopSignals) -> None:
    learner = _learner(settings.eval_learner_class, settings)
    prefix = prepared.restore_from
    params = learner.init(
        _head_size(learner, prefix), settings.seed, settings.data_config.image_height
    )
    state = TrainingState(params)
    if prefix is None:
        logging.info("No checkpoints found; evaluating with a random initialization.")
    else:
        wanted = checkpoint_files.without_omitted(
            state.weights, prepared.arguments.omitted
        )
        checkpoint_files.restore(prefix, wanted, "the evaluated model")
        logging.info("Restored checkpoint for evaluation: %s", prefix)
    split = prepared.evaluation_split
    specs = prepared.datasets.evaluation
    drawn = streams.episode_sources(
        specs, split, settings.eval_episode_config, _constructed(BenchmarkSettings)
    )
    episodes = streams.evaluation(settings, drawn)
    evaluate = EpisodeEvaluation(state.params, learner, episodes.element_spec)
    _write_operative_config(prepared.output_dir)
    with EventWriter(prepared.arguments.summary_dir) as writer, stop.deferred():
        logging.info(
            "Starting evaluation for dataset(s) %s...", [spec.name for spec in specs]
        )
        evaluate_checkpoint(
            iter(episodes),
            evaluate,
            settings.num_eval_episodes,
            split.name.lower(),
            writer,
            stop,
        )


def _head_size(learner: Learner, prefix: Path | None) -> int | None:
    """Returns the outputs of the head that an evaluation needs, None for no head.

    Neighbours among a head's outputs need the head that was trained; how many classes
    it has is known by the checkpoint alone.
    """
    if prefix is None or not getattr(learner, "knn_in_fc", False):
        return None
    kernels = checkpoint_files.read(prefix, ("fc/weight", "fc/w_fc"))
    return int(next(iter(kernels.values())).shape[1]) if kernels else None


# --- parts ------------------------------------------------------------------------


def _learner(name: Any, settings: TrainerSettings) -> Learner:
    backbone = _constructed(registry.backbone(settings.embedding_network))
    return _constructed(registry.learner(name), backbone)


def _write_operative_config(directory: Path) -> None:
    """Logs the settings in effect and writes them; the previous ones stay as `.old`.

    Raises:
      CheckpointError: the folder cannot be written.
    """
    text = gin.operative_config_str()
    logging.info("Operative Gin configurations:\n%s", text)
    path = directory / run_files.OPERATIVE_CONFIG
    try:
        os.makedirs(directory, exist_ok=True)
        if path.exists():
            whole_files.write_bytes(f"{path}.old", path.read_bytes())
        whole_files.write_text(path, text)
    except OSError as error:
        raise CheckpointError(
            f"Cannot write {path}: {error.strerror or error}. Make the folder writable "
            "or free some space."
        ) from error
