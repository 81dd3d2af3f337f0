"""Episode and Batch: the values that pipelines hand to learners."""

from __future__ import annotations

from typing import NamedTuple

import tensorflow as tf


class Episode(NamedTuple):
    """One few-shot task.

    Images are float32 [n, height, height, 3] in [-1, 1] (before noise) with an
    `ImageDecoder`, whatever another decoder gives otherwise. Support examples are
    grouped by class, classes in label order; so are query examples.
    """

    support_images: tf.Tensor
    """[support, height, height, 3], float32."""
    support_labels: tf.Tensor
    """In [0, ways): number of the class in the episode, [support], int32."""
    support_class_ids: tf.Tensor
    """Number of the class in its dataset, [support], int32."""
    query_images: tf.Tensor
    """[query, height, height, 3], float32."""
    query_labels: tf.Tensor
    """As the support labels, [query], int32."""
    query_class_ids: tf.Tensor
    """As the support class ids, [query], int32."""


class Batch(NamedTuple):
    """Plain images of one source and their labels."""

    images: tf.Tensor
    """[size, height, height, 3], float32, as in an episode."""
    labels: tf.Tensor
    """Class ids, plus the offset of the source where there are several, int32."""
