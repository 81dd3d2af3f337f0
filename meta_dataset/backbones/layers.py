"""Layers as functions of their parameters: convolution and batch norm.

Batch norm has no moving averages: it normalises with the moments of the images at hand,
or with moments that the caller passes. Every function that normalises therefore returns
the moments it used, in the same nesting as the parameters.
"""

from enum import Enum
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


class Forget(Enum):
    """Type of `FORGET`."""

    FORGET = "forget"


FORGET = Forget.FORGET
"""In place of moments: use those of the images at hand and do not return them.

A fused kernel then does the work: a step of batch training takes half the time (convnet,
CPU). Moments are less exact on pictures with long constant backgrounds, by 5e-4 of the
variance at worst, as in the published code.
"""

GivenMoments = MomentTree | Forget | None
"""Moments to normalise with; None for those of the images at hand; or `FORGET`."""


def at(moments: GivenMoments, key: str) -> Any:
    """Returns the moments of one layer; None and `FORGET` hold for every layer."""
    return moments if moments is None or moments is FORGET else moments[key]


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
    moments: GivenMoments,
    stride: int = 1,
    padding: str = "SAME",
) -> tuple[tf.Tensor, MomentTree]:
    """Returns x convolved (no bias) and normalised, and the moments used.

    Normalised means scale * (x - mean) / sqrt(variance + 1e-5) + offset.

    Args:
      params: 'weight' and 'batch_norm', as made by `init_conv_bn`.
      x: [images, height, width, channels].
      moments: what an earlier call returned; None for those of the convolved `x`; or
        `FORGET`.
      stride: in both directions.
      padding: 'SAME' or 'VALID'.

    Returns:
      [images, height, width, channels]; {'batch_norm': Moments}, whose leaf is None
      with `FORGET`.
    """
    kernel, normalizer = params["weight"], params["batch_norm"]
    if moments is None or moments is FORGET:
        x = tf.nn.conv2d(x, kernel, stride, padding)
        x, used = batch_norm(normalizer, x, moments)
        return x, {"batch_norm": used}
    # With given moments the normalisation is linear: folded into the kernel it costs
    # next to nothing, and its gradient needs no sums over whole maps.
    factor, shift = _factor_and_shift(normalizer, moments["batch_norm"])
    x = tf.nn.conv2d(x, kernel * factor, stride, padding)
    return tf.nn.bias_add(x, shift), moments


def batch_norm(
    params: Params, x: tf.Tensor, moments: Moments | Forget | None
) -> tuple[tf.Tensor, Moments | None]:
    """Returns scale * (x - mean) / sqrt(variance + 1e-5) + offset, and the moments.

    Args:
      params: 'offset' and 'scale', [1, 1, 1, channels].
      x: [images, height, width, channels].
      moments: the moments to use; None for those of `x`; or `FORGET`.
    """
    if moments is FORGET:
        return _fused_batch_norm(params, x), None
    if moments is None:
        moments = channel_moments(x)
    factor, shift = _factor_and_shift(params, moments)
    return tf.nn.bias_add(x * factor, shift), moments


def _factor_and_shift(params: Params, moments: Moments) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns the line that batch norm is: [1, 1, 1, channels] and [channels]."""
    factor = tf.math.rsqrt(moments.variance + EPSILON) * params["scale"]
    return factor, tf.reshape(params["offset"] - moments.mean * factor, [-1])


def _fused_batch_norm(params: Params, x: tf.Tensor) -> tf.Tensor:
    # The raw operation, because the public wrapper raises epsilon to 1.001e-5.
    return tf.raw_ops.FusedBatchNormV3(
        x=x,
        scale=tf.reshape(params["scale"], [-1]),
        offset=tf.reshape(params["offset"], [-1]),
        mean=[],
        variance=[],
        epsilon=EPSILON,
        is_training=True,
    ).y


def channel_moments(x: tf.Tensor) -> Moments:
    """Returns the moments of each channel over images, height and width.

    The variance is the mean squared difference from the mean, divided by the number of
    values (biased). E[x^2] - E[x]^2 would lose digits where the mean is large.
    """
    mean = _channel_mean(x)
    # The gradient of the variance through the mean is zero; cutting it saves a pass.
    # (Second derivatives lose a term by it, as with tf.nn.moments.)
    difference = tf.math.squared_difference(x, tf.stop_gradient(mean))
    return Moments(mean, _channel_mean(difference))


def _channel_mean(x: tf.Tensor) -> tf.Tensor:
    # One axis at a time, so that no float32 sum runs over hundreds of thousands of
    # equal background pixels: there each addition errs the same way. Width first,
    # because that reads memory in order.
    for axis in (2, 1, 0):
        x = tf.reduce_mean(x, axis, keepdims=True)
    return x
