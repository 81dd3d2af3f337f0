"""Distances between embeddings, and class means."""

import tensorflow as tf


def prototypes(embeddings: tf.Tensor, labels: tf.Tensor, ways: tf.Tensor) -> tf.Tensor:
    """Returns the mean embedding of each class.

    Snell et al. 2017, equation 1.

    Args:
      embeddings: support embeddings, [support, features], float32; maps work as well.
      labels: their labels in [0, ways), [support], int32.
      ways: classes of the episode, scalar int32; every one has an example.

    Returns:
      Prototypes, [ways, features].
    """
    return tf.math.unsorted_segment_mean(embeddings, labels, ways)


def squared_distances(a: tf.Tensor, b: tf.Tensor) -> tf.Tensor:
    """Returns the squared Euclidean distance of every pair, [rows of a, rows of b].

    |a|^2 - 2 a.b + |b|^2 needs no tensor of all differences, which has gigabytes for
    500 x 500 images. It is computed in float64, where the cancellation is harmless and
    reduced-precision matrix products of a GPU do not reach; the result is float32, so
    equal rows of b are equally far, and rows of a that equal one of b are 0 from it.

    Args:
      a: [rows, features], float32.
      b: [rows, features], float32.
    """
    a, b = tf.cast(a, tf.float64), tf.cast(b, tf.float64)
    squares_a = tf.reduce_sum(a * a, 1, keepdims=True)
    squares_b = tf.reduce_sum(b * b, 1)
    distances = squares_a - 2.0 * tf.matmul(a, b, transpose_b=True) + squares_b
    rounding = 1e-14 * (squares_a + squares_b)
    distances = tf.where(distances <= rounding, tf.zeros_like(distances), distances)
    return tf.cast(distances, tf.float32)


def cosine_similarities(a: tf.Tensor, b: tf.Tensor) -> tf.Tensor:
    """Returns the cosine of every pair, [rows of a, rows of b], float32.

    Rows with a squared length below 1e-12 count as shorter than one.

    Args:
      a: [rows, features], float32.
      b: [rows, features], float32.
    """
    a = tf.math.l2_normalize(tf.cast(a, tf.float64), 1, epsilon=1e-12)
    b = tf.math.l2_normalize(tf.cast(b, tf.float64), 1, epsilon=1e-12)
    return tf.cast(tf.matmul(a, b, transpose_b=True), tf.float32)
