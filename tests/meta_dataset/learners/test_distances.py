import numpy as np
import tensorflow as tf

from meta_dataset.learners.distances import (
    cosine_similarities,
    prototypes,
    squared_distances,
)


def test_prototypes_by_hand():
    support = tf.constant([[1.0, 0.0], [0.0, 2.0], [3.0, 0.0]])
    means = prototypes(support, tf.constant([0, 1, 0]), tf.constant(2))
    np.testing.assert_array_equal(means, [[2, 0], [0, 2]])


def test_prototypes_of_maps():
    maps = tf.constant(np.arange(16.0).reshape(4, 2, 2, 1), tf.float32)
    means = prototypes(maps, tf.constant([0, 0, 1, 1]), tf.constant(2))
    np.testing.assert_array_equal(means[:, 0, 0, 0], [2, 10])
    assert means.shape == (2, 2, 2, 1)


def test_squared_distances_by_hand():
    a = tf.constant([[2.0, 1.0], [0.0, 1.0]])
    b = tf.constant([[2.0, 0.0], [0.0, 2.0]])
    np.testing.assert_array_equal(squared_distances(a, b), [[1, 5], [5, 1]])


def test_squared_distances_far_from_the_origin_keep_their_digits():
    rng = np.random.default_rng(0)
    a = (rng.normal(size=(7, 300)) + 100).astype(np.float32)
    b = (rng.normal(size=(4, 300)) + 100).astype(np.float32)
    exact = ((a[:, None].astype(np.float64) - b) ** 2).sum(-1)
    np.testing.assert_allclose(squared_distances(a, b), exact, rtol=1e-6)


def test_equal_rows_are_equally_far():
    rng = np.random.default_rng(1)
    rows = rng.normal(100, 1, (3, 515)).astype(np.float32)
    doubled = np.concatenate([rows] * 7)
    distances = squared_distances(doubled[:5], doubled).numpy()
    np.testing.assert_array_equal(np.diagonal(distances)[:3], np.zeros(3))
    for shift in range(3, 21, 3):
        np.testing.assert_array_equal(distances[:, shift : shift + 3], distances[:, :3])


def test_gradient_of_squared_distances():
    a, b = tf.constant([[1.0, 2.0]]), tf.constant([[4.0, 0.0], [1.0, 1.0]])
    with tf.GradientTape() as tape:
        tape.watch([a, b])
        total = tf.reduce_sum(squared_distances(a, b) * [[1.0, 10.0]])
    to_a, to_b = tape.gradient(total, [a, b])
    np.testing.assert_allclose(to_a, [[-6, 24]])
    np.testing.assert_allclose(to_b, [[6, -4], [0, -20]])


def test_cosine_similarities():
    a = tf.constant([[3.0, 4.0], [0.0, 0.0]])
    b = tf.constant([[6.0, 8.0], [-4.0, 3.0], [1.0, 0.0]])
    np.testing.assert_allclose(
        cosine_similarities(a, b), [[1, 0, 0.6], [0, 0, 0]], atol=1e-7
    )


def test_divergence_is_not_hidden():
    a = tf.constant([[np.nan, 0.0], [1.0, 0.0]])
    distances = squared_distances(a, tf.constant([[1.0, 0.0]])).numpy()
    assert np.isnan(distances[0, 0])
    assert distances[1, 0] == 0
