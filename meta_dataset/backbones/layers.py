"""Layers as functions of their parameters: convolution and batch norm.

Batch norm has no moving averages: it normalises with the moments of the images at hand,
or with moments that the caller passes. Every function that normalises therefore returns
the moments it used, in the same nesting as the parameters.
"""

from typing import Any, NamedTuple

import tensorflow as tf

from meta_dataset.backbones.parameters import Params, truncated_normal

EPSILON = 1e-5
"""Added to the variance by batch norm; the published constant."""


class Moments(NamedTuple):
    """Mean and biased variance of each channel, [1, 1, 1, channels], float32."""

    mean: tf.Tensor
    variance: tf.Tensor


MomentTree = dict[str, Any]
"""A nested dictionary with str keys and `Moments` as leaves."""


def at(moments: MomentTree | None, key: str) -> Any:
    """Returns the moments of one layer, or None where none are given."""
    return None if moments is None else moments[key]


def init_conv_bn(
    seed: int, scope: str, size: int, channels_in: int, channels_out: int
) -> Params:
    """Returns new parameters of `conv_bn`.

    Args:
      seed: of the random kernel.
      scope: full name of the layer; kernels of equal seed and scope are equal.
      size: height and width of the kernel, pixels.
      channels_in: channels of the input.
      channels_out: channels of the output.

    Returns:
      'weight' [size, size, channels_in, channels_out] and 'batch_norm' with 'offset'
      and 'scale', [1, 1, 1, channels_out] each.
    """
    shape = (size, size, channels_in, channels_out)
    return {
        "weight": truncated_normal(seed, f"{scope}/weight", shape),
        "batch_norm": {
            "offset": tf.zeros([1, 1, 1, channels_out]),
            "scale": tf.ones([1, 1, 1, channels_out]),
        },
    }


def conv_bn(
    params: Params,
    x: tf.Tensor,
    moments: MomentTree | None,
    stride: int = 1,
    padding: str = "SAME",
) -> tuple[tf.Tensor, MomentTree]:
    """Returns x convolved (no bias) and normalised, and the moments used.

    Args:
      params: 'weight' and 'batch_norm', as made by `init_conv_bn`.
      x: [images, height, width, channels].
      moments: what an earlier call returned, or None for those of `x`.
      stride: in both directions.
      padding: 'SAME' or 'VALID'.
    """
    x = tf.nn.conv2d(x, params["weight"], stride, padding)
    x, used = batch_norm(params["batch_norm"], x, at(moments, "batch_norm"))
    return x, {"batch_norm": used}


def batch_norm(
    params: Params, x: tf.Tensor, moments: Moments | None
) -> tuple[tf.Tensor, Moments]:
    """Returns scale * (x - mean) / sqrt(variance + 1e-5) + offset, and the moments.

    Args:
      params: 'offset' and 'scale', [1, 1, 1, channels].
      x: [images, height, width, channels].
      moments: the moments to use, or None for those of `x`.
    """
    if moments is None:
        moments = channel_moments(x)
    factor = tf.math.rsqrt(moments.variance + EPSILON) * params["scale"]
    return x * factor + (params["offset"] - moments.mean * factor), moments


def channel_moments(x: tf.Tensor) -> Moments:
    """Returns the moments of each channel over images, height and width.

    The variance is the mean squared difference from the mean, divided by the number of
    values (biased). E[x^2] - E[x]^2 would lose digits where the mean is large.
    """
    mean = _channel_mean(x)
    # The gradient of the variance through the mean is zero; cutting it saves a pass.
    difference = tf.math.squared_difference(x, tf.stop_gradient(mean))
    return Moments(mean, _channel_mean(difference))


def _channel_mean(x: tf.Tensor) -> tf.Tensor:
    # In two steps, so that no float32 sum runs over hundreds of thousands of equal
    # background pixels: there each addition errs the same way.
    return tf.reduce_mean(tf.reduce_mean(x, [1, 2], keepdims=True), 0, keepdims=True)
