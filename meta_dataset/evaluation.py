"""Scoring a learner on many episodes: the numbers that people quote.

Accuracies are fractions in [0, 1], averaged over episodes (not pooled over images).
Drawing episodes and running the learner are handed in, so nothing here needs
TensorFlow.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

NORMAL_95 = 1.96
"""Quantile of the normal distribution for an interval of 95 %; the published constant."""


class Score(NamedTuple):
    """The accuracy over episodes."""

    accuracy: float  # mean of the episode accuracies, in [0, 1]
    interval: float  # half-width of the 95 % interval of the mean
    num_episodes: int


NO_SCORE = Score(math.nan, math.nan, 0)
"""Before the first validation."""


def score(accuracies: Sequence[float]) -> Score:
    """Returns mean and interval of episode accuracies.

    The interval is 1.96 * std / sqrt(n); the standard deviation divides by n, as the
    published code does.

    Args:
      accuracies: one an episode, in [0, 1]; at least one.

    Raises:
      ValueError: there are none.
    """
    if not len(accuracies):
        raise ValueError("an accuracy needs at least one episode")
    values = np.asarray(accuracies, dtype=np.float64)
    interval = NORMAL_95 * values.std() / math.sqrt(len(values))
    return Score(float(values.mean()), float(interval), len(values))


class EpisodeResult(NamedTuple):
    """What is kept of one evaluated episode."""

    accuracy: float  # in [0, 1]
    shots: np.ndarray  # [ways] int32, support images a class
    class_ids: np.ndarray  # [ways] int32, absolute in the dataset, in label order
    logits: np.ndarray  # [query, ways] float32
    targets: np.ndarray  # [query] int32, labels


def describe_support(
    labels: np.ndarray, class_ids: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Returns (shots, class ids) of each class, both [ways] int32, in label order.

    Args:
      labels: of the support images, [support], 0 to ways - 1, each at least once.
      class_ids: of the support images, [support].
    """
    _, first, shots = np.unique(labels, return_index=True, return_counts=True)
    return shots.astype(np.int32), class_ids[first].astype(np.int32)


def episode_summaries(
    split_name: str, result: EpisodeResult
) -> tuple[dict[str, float], dict[str, np.ndarray]]:
    """Returns the published summaries of one episode: ({tag: scalar}, {tag: array})."""
    scalars = {f"{split_name}_way": float(len(result.shots))}
    arrays = {
        f"{split_name}_shots": result.shots,
        f"{split_name}_class_ids": result.class_ids,
        f"{split_name}_test_logits": result.logits,
        f"{split_name}_test_targets": result.targets,
    }
    return scalars, arrays


def evaluate(
    episodes: Iterable[Any],
    evaluate_episode: Callable[[Any], float],
    num_episodes: int,
    should_stop: Callable[[], bool] = lambda: False,
) -> Score | None:
    """Returns the score of `num_episodes` episodes.

    Args:
      episodes: an iterator; exactly `num_episodes` are taken from it.
      evaluate_episode: returns the accuracy of one.
      num_episodes: at least 1.
      should_stop: asked before each episode.

    Returns:
      The score; None if it was told to stop before all were done.

    Raises:
      ValueError: the iterator has fewer episodes.
    """
    accuracies = []
    iterator = iter(episodes)
    while len(accuracies) < num_episodes:
        if should_stop():
            return None
        try:
            episode = next(iterator)
        except StopIteration:
            raise ValueError(
                f"{num_episodes} episodes were asked for, {len(accuracies)} came"
            ) from None
        accuracies.append(evaluate_episode(episode))
    return score(accuracies)
