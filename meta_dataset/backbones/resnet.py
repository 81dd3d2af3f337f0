"""The ResNet-18 variant of Meta-Dataset."""

from collections.abc import Iterator
from dataclasses import dataclass

import gin
import tensorflow as tf

from meta_dataset.backbones.layers import (
    GivenMoments,
    MomentTree,
    at,
    conv_bn,
    init_conv_bn,
)
from meta_dataset.backbones.parameters import Params

_STAGES = {"conv2_x": (64, 1), "conv3_x": (128, 2), "conv4_x": (256, 2)} | {
    "conv5_x": (512, 2)
}
"""Name of each stage -> its channels and the stride of its first block."""

_FEATURES = 512


@gin.configurable("resnet")
@dataclass(frozen=True)
class ResNet:
    """Four stages of two blocks, 512 features whatever the size of the images.

    Two things are unlike the ResNet-18 of He et al. 2016: images are first enlarged to
    32 * ceil(height / 32) + 1 pixels, and the first block of every stage, also of the
    first one, has a 1x1 convolution with batch norm in its shortcut.
    """

    name = "resnet"
    """The published name; the scope of the parameters is `scope`."""
    scope = "resnet18"

    def init(self, seed: int) -> Params:
        """Returns new parameters, {'resnet18': {'conv1': ..., 'conv2_x': ...}}."""
        network = {"conv1": init_conv_bn(seed, f"{self.scope}/conv1", 7, 3, 64)}
        for stage, block, channels_in, channels, _ in _blocks():
            scope = f"{self.scope}/{stage}/{block}"
            params = {
                "conv1": init_conv_bn(seed, f"{scope}/conv1", 3, channels_in, channels),
                "conv2": init_conv_bn(seed, f"{scope}/conv2", 3, channels, channels),
            }
            if block == "bottleneck_0":
                name = f"{scope}/identity/projection_conv"
                projection = init_conv_bn(seed, name, 1, channels_in, channels)
                params["identity"] = {"projection_conv": projection}
            network.setdefault(stage, {})[block] = params
        return {self.scope: network}

    def num_features(self, image_height: int) -> int:
        """Returns 512, the size of an embedding of images of any height."""
        del image_height
        return _FEATURES

    def embed(
        self,
        params: Params,
        images: tf.Tensor,
        moments: GivenMoments = None,
    ) -> tuple[tf.Tensor, MomentTree]:
        """Returns embeddings and the moments used.

        Args:
          params: a dictionary with this network's scope; other scopes are ignored.
          images: [images, height, height, 3], float32 in [-1, 1].
          moments: what an earlier call returned; None for those of these images; or
            `layers.FORGET`, which also means theirs and is faster.

        Returns:
          [images, 512], means over the last map; moments.
        """
        maps, moments = self.embed_maps(params, images, moments)
        return tf.squeeze(maps, [1, 2]), moments

    def embed_maps(
        self,
        params: Params,
        images: tf.Tensor,
        moments: GivenMoments = None,
    ) -> tuple[tf.Tensor, MomentTree]:
        """Returns the pooled map, [images, 1, 1, 512], and the moments used."""
        network = params[self.scope]
        given = at(moments, self.scope)
        used: MomentTree = {}
        x = _enlarge(images)
        x, used["conv1"] = conv_bn(network["conv1"], x, at(given, "conv1"), stride=2)
        x = tf.nn.max_pool2d(tf.nn.relu(x), 3, 2, "SAME")
        for stage, block, _, _, stride in _blocks():
            x, used.setdefault(stage, {})[block] = _residual_block(
                network[stage][block], x, at(at(given, stage), block), stride
            )
        return tf.reduce_mean(x, [1, 2], keepdims=True), {self.scope: used}


def _blocks() -> Iterator[tuple[str, str, int, int, int]]:
    """Yields stage, block, channels in, channels out and stride of every block."""
    channels_in = 64
    for stage, (channels, stride) in _STAGES.items():
        yield stage, "bottleneck_0", channels_in, channels, stride
        yield stage, "bottleneck_1", channels, channels, 1
        channels_in = channels


def _residual_block(
    params: Params, x: tf.Tensor, moments: GivenMoments, stride: int
) -> tuple[tf.Tensor, MomentTree]:
    used: MomentTree = {}
    y, used["conv1"] = conv_bn(params["conv1"], x, at(moments, "conv1"), stride)
    y = tf.nn.relu(y)
    y, used["conv2"] = conv_bn(params["conv2"], y, at(moments, "conv2"))
    if "identity" in params:
        key = "projection_conv"
        given = at(at(moments, "identity"), key)
        x, projected = conv_bn(params["identity"][key], x, given, stride)
        used["identity"] = {key: projected}
    return tf.nn.relu(x + y), used


def _enlarge(images: tf.Tensor) -> tf.Tensor:
    """Resizes to 32 * ceil(height / 32) + 1 pixels, bilinear, corners aligned."""
    height = images.shape[1]
    if height is None:
        height = tf.shape(images)[1]
    target = (height + 31) // 32 * 32 + 1
    return tf.raw_ops.ResizeBilinear(
        images=images, size=[target, target], align_corners=True
    )
