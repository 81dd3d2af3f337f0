"""The training loop: update, validate, log, save; and the evaluation of a checkpoint.

The order of things and the words of the log are the published ones. What is drawn, how
a learner learns, what a checkpoint holds: all of it is handed in.
"""

import dataclasses
import math
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import tensorflow as tf
from absl import logging

from meta_dataset import evaluation, run_files
from meta_dataset.checkpoints import CheckpointFolder
from meta_dataset.errors import MetaDatasetError
from meta_dataset.evaluation import NO_SCORE, Score
from meta_dataset.learners.base import Learner
from meta_dataset.pace import Pace
from meta_dataset.schedules import Every, LearningRate
from meta_dataset.stop_signals import StopSignals
from meta_dataset.summaries import EventWriter
from meta_dataset.training_settings import TrainerSettings
from meta_dataset.training_state import TrainingState
from meta_dataset.updates import EpisodeEvaluation, Update


class DivergenceError(MetaDatasetError):
    """The training loss is not a number any more."""


@dataclasses.dataclass(frozen=True)
class Streams:
    """Where data come from; endless, each at the position where the run stands.

    Attributes:
      train: episodes or batches to learn from, one an update.
      validation: episodes for validations, `num_eval_episodes` each.
      logged: episodes for the single validation value of each log line.
    """

    train: Iterator[Any]
    validation: Iterator[Any]
    logged: Iterator[Any]


class Trainer:
    """Trains until `num_updates`, or until a signal asks to stop.

    Args:
      settings: what is bound on `Trainer`.
      state: the variables, restored or fresh.
      learner: the train learner, asked for its initialisation from data.
      update: makes one update of `state`.
      evaluate: evaluates an episode with the evaluation learner.
      streams: the data.
      checkpoints: where to save.
      saved: {name: variable} that a checkpoint holds.
      writer: of summaries.
      stop: tells when to leave.
      split_name: of the validation split, for tags and log lines.
      clock: returns seconds, for speed and remaining time.
    """

    def __init__(
        self,
        *,
        settings: TrainerSettings,
        state: TrainingState,
        learner: Learner,
        update: Update,
        evaluate: EpisodeEvaluation,
        streams: Streams,
        checkpoints: CheckpointFolder,
        saved: Mapping[str, tf.Variable],
        writer: EventWriter,
        stop: StopSignals,
        split_name: str = "valid",
        clock: Callable[[], float] = time.monotonic,
    ):
        self._settings = settings
        self._state = state
        self._learner = learner
        self._update = update
        self._evaluate = evaluate
        self._streams = streams
        self._checkpoints = checkpoints
        self._saved = saved
        self._writer = writer
        self._stop = stop
        self._split_name = split_name
        self._clock = clock
        self._validation: Score = NO_SCORE
        self._saved_step: int | None = None
        self._learning_rate = LearningRate(
            settings.learning_rate,
            settings.decay_learning_rate,
            settings.decay_every,
            settings.decay_rate,
        )

    def train(self) -> None:
        """Runs the loop.

        Raises:
          Stopped: a signal asked for it; a checkpoint of the last update is saved.
          DivergenceError: the loss became NaN or infinite; nothing was saved after
            the last good checkpoint.
          CheckpointError, SummaryError: the disk is full or not writable.
        """
        settings = self._settings
        step = self._state.step
        logging.info("Starting training from global_step: %d", step)
        if step == 0:
            logging.info("Model initialization saved: %s", self._save(step))
        else:
            self._saved_step = step
        if Every(settings.validate_every).is_due(step):
            self._validate(step)
        if self._stop.requested is None and step < settings.num_updates:
            self._initialize_from_data()
        pace = Pace(self._clock, step)
        while step < settings.num_updates and self._stop.requested is None:
            loss, accuracy = self._update(
                next(self._streams.train), self._learning_rate.at(step)
            )
            step += 1
            self._check_loss(step, loss, accuracy)
            if Every(settings.validate_every).is_due(step):
                self._validate(step)
            if Every(settings.log_every).is_due(step):
                self._log(step, loss, accuracy, pace)
            if Every(settings.checkpoint_every).is_due(step):
                logging.info("Model checkpoint saved: %s", self._save(step))
        if step < settings.num_updates:
            self._leave(step)

    def _initialize_from_data(self) -> None:
        """Lets the learner set what depends on a first batch; a stored flag stops it."""
        initialize = getattr(self._learner, "data_dependent_init", None)
        if initialize is None:
            return
        first = next(self._streams.train)
        self._state.assign_params(initialize(self._state.params(), first))
        train = _chain(first, self._streams.train)
        self._streams = dataclasses.replace(self._streams, train=train)

    def _check_loss(self, step: int, loss: float, accuracy: float) -> None:
        if math.isfinite(loss) or not self._settings.stop_on_nan:
            return
        self._write_training(step, loss, accuracy)
        raise DivergenceError(
            f"The training loss is {loss} after update {step}: training diverged and "
            f"stops here. The last checkpoint is of update {self._saved_step}. Start again "
            "with a lower Trainer.learning_rate, or set Trainer.stop_on_nan = False to go on."
        )

    def _write_training(self, step: int, loss: float, accuracy: float) -> None:
        tags = run_files.Tags
        self._writer.scalars(
            {tags.TRAIN_LOSS: loss, tags.TRAIN_ACCURACY: accuracy}, step
        )

    def _validate(self, step: int) -> None:
        """Scores current weights on fresh episodes, unless told to stop meanwhile."""
        count = self._settings.num_eval_episodes
        logging.info(
            "Performing evaluation of the %s split using %d episodes...",
            self._split_name,
            count,
        )
        score = evaluation.evaluate(
            self._streams.validation,
            self._evaluate.accuracy,
            count,
            lambda: self._stop.requested is not None,
        )
        if score is None:
            logging.info("Evaluation given up; a resumed run repeats it.")
            return
        self._validation = score
        self._writer.scalars(
            {
                run_files.mean_accuracy(self._split_name): score.accuracy,
                run_files.accuracy_interval(self._split_name): score.interval,
            },
            step,
        )
        logging.info("Done.")

    def _log(self, step: int, loss: float, accuracy: float, pace: Pace) -> None:
        valid_loss, valid_accuracy = self._evaluate.loss_and_accuracy(
            next(self._streams.logged)
        )
        tags = run_files.Tags
        self._writer.scalars(
            {
                tags.TRAIN_LOSS: loss,
                tags.TRAIN_ACCURACY: accuracy,
                tags.VALID_LOSS: valid_loss,
                tags.VALID_ACCURACY: valid_accuracy,
            },
            step,
        )
        logging.info(
            "Update %d. Train loss: %f, Train accuracy: %f, "
            "Valid accuracy %f +/- %f. %s",
            step,
            loss,
            accuracy,
            self._validation.accuracy,
            self._validation.interval,
            pace.describe(step, self._settings.num_updates),
        )

    def _save(self, step: int) -> str:
        prefix = self._checkpoints.save(step, self._saved)
        self._saved_step = step
        return str(prefix)

    def _leave(self, step: int) -> None:
        """Saves what a signal interrupts, and passes the request on."""
        if self._saved_step != step:
            logging.info("Model checkpoint saved: %s", self._save(step))
        self._stop.check()


def _chain(first: Any, rest: Iterator[Any]) -> Iterator[Any]:
    yield first
    yield from rest


def evaluate_checkpoint(
    episodes: Iterator[Any],
    evaluate: EpisodeEvaluation,
    num_episodes: int,
    split_name: str,
    writer: EventWriter,
    stop: StopSignals,
) -> Score:
    """Scores the restored weights, and writes every episode and the result.

    Args:
      episodes: of the split.
      evaluate: evaluates one.
      num_episodes: how many.
      split_name: for tags and log lines.
      writer: of summaries.
      stop: tells when to leave.

    Returns:
      The score.

    Raises:
      Stopped: a signal asked for it; what was written stays.
      SummaryError: the disk is full or not writable.
    """
    logging.info(
        "Performing evaluation of the %s split using %d episodes...",
        split_name,
        num_episodes,
    )
    done: list[float] = []

    def evaluate_episode(episode: Any) -> float:
        result = evaluate.result(episode)
        writer.episode(*evaluation.episode_summaries(split_name, result), len(done))
        done.append(result.accuracy)
        if len(done) % max(num_episodes // 10, 1) == 0:
            logging.info("Episode %d of %d.", len(done), num_episodes)
        return result.accuracy

    score = evaluation.evaluate(
        episodes, evaluate_episode, num_episodes, lambda: stop.requested is not None
    )
    if score is None:
        stop.check()
    writer.scalars(
        {
            run_files.mean_accuracy(split_name): score.accuracy,
            run_files.accuracy_interval(split_name): score.interval,
        },
        0,
    )
    logging.info("Done.")
    logging.info(
        "Accuracy on the meta-%s split: %f, +/- %f.",
        split_name,
        score.accuracy,
        score.interval,
    )
    return score
