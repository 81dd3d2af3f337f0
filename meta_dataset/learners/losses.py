"""Cross-entropy, accuracy and weight decay."""

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from meta_dataset.backbones.parameters import flatten


def cross_entropy(logits: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    """Returns the mean softmax cross-entropy over examples, a scalar.

    Args:
      logits: [examples, classes], float32.
      labels: [examples], int32 in [0, classes).
    """
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
    return tf.reduce_mean(losses)


def accuracy(logits: tf.Tensor, labels: tf.Tensor) -> tf.Tensor:
    """Returns the share of examples whose largest logit is their label's, in [0, 1].

    Of equal largest logits the one of the lowest class counts.

    Args:
      logits: [examples, classes], float32.
      labels: [examples], int32.
    """
    predictions = tf.argmax(logits, 1, output_type=labels.dtype)
    return tf.reduce_mean(tf.cast(predictions == labels, tf.float32))


def regularizer(params: Mapping[str, Any]) -> tf.Tensor:
    """Returns half the sum of squares of all kernels, a scalar; 0 without any.

    Kernels are the parameters called 'weight', of convolutions and plain dense layers.
    Biases, batch norm's scale and offset, and weight-normalised kernels ('w_fc') with
    their gains are left alone. The half is April 2020's: the newest published code
    leaves it out, so that the same weight decay is twice as strong there.
    """
    kernels = [
        leaf
        for name, leaf in flatten(params).items()
        if name.rpartition("/")[2] == "weight"
    ]
    if not kernels:
        return tf.zeros([])
    return tf.add_n([tf.nn.l2_loss(kernel) for kernel in kernels])
