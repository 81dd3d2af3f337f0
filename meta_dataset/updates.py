"""The two traced functions of a run: one update, and the evaluation of one episode.

Episodes differ in size. Each function is traced once, for open dimensions, because
tracing anew for every size would take longer than the work itself.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf

from meta_dataset.backbones.parameters import Params
from meta_dataset.evaluation import EpisodeResult, describe_support
from meta_dataset.learners.base import Learner
from meta_dataset.training_state import TrainingState


class Update:
    """One step of the outer optimiser, traced once for data of all sizes.

    Args:
      state: the variables; changed by each call.
      learner: gives the loss.
      element_spec: types of the episodes or batches, dimensions open.
    """

    def __init__(self, state: TrainingState, learner: Learner, element_spec: Any):
        self._state = state
        self._learner = learner
        self._function = tf.function(
            self._update,
            input_signature=[element_spec, tf.TensorSpec([], tf.float32)],
            autograph=False,
        )

    def __call__(self, data: Any, learning_rate: float) -> tuple[float, float]:
        """Makes the update; returns the loss and accuracy that it started from."""
        loss, accuracy = self._function(data, tf.constant(learning_rate, tf.float32))
        return float(loss), float(accuracy)

    @property
    def num_traces(self) -> int:
        """How often the function was traced: more than once is a waste."""
        return self._function.experimental_get_tracing_count()

    def _update(self, data: Any, learning_rate: tf.Tensor):
        trained = self._state.trained
        with tf.GradientTape() as tape:
            outcome = self._learner.train(self._state.params(), data)
        gradients = tape.gradient(outcome.loss, list(trained.values()))
        self._state.apply(dict(zip(trained, gradients, strict=True)), learning_rate)
        return outcome.loss, outcome.accuracy


class EpisodeEvaluation:
    """The evaluation of one episode with current weights, traced once.

    Args:
      params: returns the parameters.
      learner: classifies.
      element_spec: types of the episodes, dimensions open.
    """

    def __init__(
        self, params: Callable[[], Params], learner: Learner, element_spec: Any
    ):
        self._function = tf.function(
            lambda episode: learner.evaluate(params(), episode),
            input_signature=[element_spec],
            autograph=False,
        )

    @property
    def num_traces(self) -> int:
        """How often the function was traced."""
        return self._function.experimental_get_tracing_count()

    def accuracy(self, episode: Any) -> float:
        """Returns the accuracy of an episode, in [0, 1]."""
        return float(self._function(episode).accuracy)

    def loss_and_accuracy(self, episode: Any) -> tuple[float, float]:
        """Returns the loss and the accuracy of an episode."""
        outcome = self._function(episode)
        return float(outcome.loss), float(outcome.accuracy)

    def result(self, episode: Any) -> EpisodeResult:
        """Returns everything that is kept of an evaluated episode."""
        outcome = self._function(episode)
        shots, class_ids = describe_support(
            episode.support_labels.numpy(), episode.support_class_ids.numpy()
        )
        return EpisodeResult(
            float(outcome.accuracy),
            shots,
            class_ids,
            outcome.logits.numpy().astype(np.float32),
            episode.query_labels.numpy(),
        )
