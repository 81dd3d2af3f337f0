import math

import numpy as np
import pytest
import tensorflow as tf

from meta_dataset.learners.losses import accuracy, cross_entropy, regularizer


def test_cross_entropy_is_a_mean_over_examples():
    logits = tf.constant([[0.0, math.log(3)], [5.0, 5.0]])
    loss = cross_entropy(logits, tf.constant([1, 0]))
    assert loss.numpy() == pytest.approx((math.log(4 / 3) + math.log(2)) / 2)


def test_accuracy():
    logits = tf.constant([[1.0, 2.0], [4.0, 3.0], [0.0, 1.0]])
    assert accuracy(logits, tf.constant([1, 1, 1])).numpy() == pytest.approx(2 / 3)


def test_of_equal_logits_the_lowest_class_counts():
    logits = tf.constant([[1.0, 1.0, 0.0]] * 2)
    assert accuracy(logits, tf.constant([0, 1])).numpy() == 0.5


def test_regularizer_is_half_the_squares_of_plain_kernels():
    params = {
        "net": {
            "weight": tf.constant([[1.0, 2.0]]),
            "bias": tf.constant([100.0]),
            "batch_norm": {"scale": tf.constant([100.0]), "offset": tf.ones([1])},
        },
        "fc": {"weight": tf.constant([3.0]), "w_fc": tf.ones([9]), "g": tf.ones([9])},
    }
    assert regularizer(params).numpy() == 7
    assert regularizer({"fc": {"w_fc": tf.ones([2])}}).numpy() == 0


def test_gradient_of_the_regularizer_is_the_kernel():
    kernel = tf.constant([[1.0, -2.0]])
    with tf.GradientTape() as tape:
        tape.watch(kernel)
        decay = regularizer({"fc": {"weight": kernel}})
    np.testing.assert_array_equal(tape.gradient(decay, kernel), kernel)
