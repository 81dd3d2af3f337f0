import numpy as np
import pytest
import tensorflow as tf

from meta_dataset.backbones.layers import (
    FORGET,
    Moments,
    batch_norm,
    channel_moments,
    conv_bn,
    init_conv_bn,
)

RNG = np.random.default_rng(0)
IMAGES = RNG.normal(2.0, 3.0, (5, 6, 6, 3)).astype(np.float32)


def random_layer():
    params = init_conv_bn(0, "layer", 3, 3, 4)
    params["batch_norm"] = {
        "offset": tf.constant(RNG.normal(size=(1, 1, 1, 4)), tf.float32),
        "scale": tf.constant(RNG.normal(1, 0.3, size=(1, 1, 1, 4)), tf.float32),
    }
    return params


def by_the_formula(params, x, mean, variance):
    x = tf.nn.conv2d(x, params["weight"], 1, "SAME").numpy().astype(np.float64)
    scale, offset = (params["batch_norm"][key].numpy() for key in ("scale", "offset"))
    if mean is None:
        mean = x.mean((0, 1, 2), keepdims=True)
        variance = x.var((0, 1, 2), keepdims=True)
    return scale * (x - mean) / np.sqrt(variance + 1e-5) + offset


def test_init():
    params = init_conv_bn(3, "layer", 7, 3, 8)
    assert params["weight"].shape == (7, 7, 3, 8)
    np.testing.assert_array_equal(params["batch_norm"]["scale"], np.ones((1, 1, 1, 8)))
    offset = params["batch_norm"]["offset"]
    np.testing.assert_array_equal(offset, np.zeros((1, 1, 1, 8)))


def test_moments_by_hand():
    x = tf.constant([[[[1.0]], [[2.0]]], [[[3.0]], [[6.0]]]])
    moments = channel_moments(x)
    assert moments.mean.shape == (1, 1, 1, 1)
    assert moments.mean.numpy() == 3
    assert moments.variance.numpy() == 3.5


def test_moments_of_a_long_constant_background():
    # Sums of float32 over 300,000 equal pixels err the same way at each addition.
    x = np.full((40, 84, 84, 8), -0.87654321, np.float32)
    x[:, :8, :8] = 1
    moments = channel_moments(tf.constant(x))
    exact = x.astype(np.float64)
    mean, variance = exact.mean((0, 1, 2)), exact.var((0, 1, 2))
    np.testing.assert_allclose(moments.mean.numpy().ravel(), mean, rtol=1e-6)
    np.testing.assert_allclose(moments.variance.numpy().ravel(), variance, rtol=3e-6)
    at_once = tf.math.reduce_variance(x, [0, 1, 2]).numpy()
    assert np.abs(at_once / variance - 1).max() > 3e-6


@pytest.mark.parametrize("moments", [None, FORGET])
def test_own_moments(moments):
    params = random_layer()
    y, used = conv_bn(params, IMAGES, moments)
    np.testing.assert_allclose(
        y, by_the_formula(params, IMAGES, None, None), rtol=1e-4, atol=1e-5
    )
    assert (used["batch_norm"] is None) == (moments is FORGET)


def test_given_moments():
    params = random_layer()
    mean = RNG.normal(size=(1, 1, 1, 4)).astype(np.float32)
    variance = RNG.uniform(0.5, 2, (1, 1, 1, 4)).astype(np.float32)
    given = {"batch_norm": Moments(tf.constant(mean), tf.constant(variance))}
    y, used = conv_bn(params, IMAGES, given)
    np.testing.assert_allclose(
        y, by_the_formula(params, IMAGES, mean, variance), rtol=1e-4, atol=1e-5
    )
    assert used is given


def test_own_moments_passed_back_give_the_same():
    params = random_layer()
    y, used = conv_bn(params, IMAGES, None, stride=2)
    again, _ = conv_bn(params, IMAGES, used, stride=2)
    assert y.shape == (5, 3, 3, 4)
    np.testing.assert_allclose(y, again, rtol=1e-4, atol=1e-5)


def test_all_ways_to_normalise_have_one_gradient():
    params = random_layer()
    weights = RNG.normal(size=(5, 6, 6, 4)).astype(np.float32)
    gradients = []
    for how in ("own", "forget", "passed back", "plain"):
        leaves = [params["weight"], *params["batch_norm"].values()]
        with tf.GradientTape() as tape:
            tape.watch(leaves)
            if how == "plain":
                y = tf.nn.conv2d(IMAGES, params["weight"], 1, "SAME")
                y, _ = batch_norm(params["batch_norm"], y, channel_moments(y))
            else:
                y, used = conv_bn(params, IMAGES, FORGET if how == "forget" else None)
                if how == "passed back":
                    y, _ = conv_bn(params, IMAGES, used)
            loss = tf.reduce_sum(y * weights)
        gradients.append([g.numpy() for g in tape.gradient(loss, leaves)])
    for other in gradients[1:]:
        for gradient, expected in zip(other, gradients[0], strict=True):
            np.testing.assert_allclose(gradient, expected, rtol=1e-3, atol=1e-4)


def test_second_derivatives_exist():
    params = random_layer()
    kernel = params["weight"]
    with tf.GradientTape() as outer:
        outer.watch(kernel)
        with tf.GradientTape() as inner:
            inner.watch(kernel)
            _, used = conv_bn(params, IMAGES, None)
            y, _ = conv_bn(params, IMAGES, used)
            loss = tf.reduce_sum(y**3)
        gradient = inner.gradient(loss, kernel)
        norm = tf.reduce_sum(gradient**2)
    assert np.isfinite(outer.gradient(norm, kernel).numpy()).all()


def test_valid_padding():
    y, _ = conv_bn(random_layer(), IMAGES, None, padding="VALID")
    assert y.shape == (5, 4, 4, 4)
