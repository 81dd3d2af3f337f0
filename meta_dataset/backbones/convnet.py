"""The four-layer convolutional network of Vinyals et al. 2016."""

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
from meta_dataset.errors import UsageError

_LAYERS = 4
_CHANNELS = 64


class ImageSizeError(UsageError, ValueError):
    """Images are too small for the network."""


@gin.configurable("four_layer_convnet")
@dataclass(frozen=True)
class FourLayerConvnet:
    """Four times 3x3 convolution (64, no bias), batch norm, ReLU, 2x2 max pool.

    84 pixels give 5 x 5 x 64 = 1600 features, 126 pixels 7 x 7 x 64 = 3136.
    """

    name = "four_layer_convnet"
    """The published name; also the scope of its parameters."""

    def init(self, seed: int) -> Params:
        """Returns new parameters, {'four_layer_convnet': {'layer_0': ...}}."""
        layers = {}
        for i in range(_LAYERS):
            scope = f"{self.name}/layer_{i}"
            layers[f"layer_{i}"] = init_conv_bn(
                seed, scope, 3, 3 if i == 0 else _CHANNELS, _CHANNELS
            )
        return {self.name: layers}

    def num_features(self, image_height: int) -> int:
        """Returns the size of an embedding of square images.

        Raises:
          ImageSizeError: below 16 pixels, of which four poolings leave nothing.
        """
        if image_height < 2**_LAYERS:
            raise ImageSizeError(
                f"{self.name} needs images of at least {2**_LAYERS} pixels, not "
                f"{image_height}: set DataConfig.image_height."
            )
        return (image_height // 2**_LAYERS) ** 2 * _CHANNELS

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
          [images, features], flattened in the order height, width, channel; moments.

        Raises:
          ImageSizeError: see `num_features`.
        """
        if images.shape[1] is not None:
            self.num_features(images.shape[1])
        maps, moments = self.embed_maps(params, images, moments)
        height, width = maps.shape[1:3]
        if height is None or width is None:
            return tf.reshape(maps, [tf.shape(maps)[0], -1]), moments
        return tf.reshape(maps, [-1, height * width * _CHANNELS]), moments

    def embed_maps(
        self,
        params: Params,
        images: tf.Tensor,
        moments: GivenMoments = None,
    ) -> tuple[tf.Tensor, MomentTree]:
        """Returns the last map, [images, height, width, 64], and the moments used."""
        layers = params[self.name]
        given = at(moments, self.name)
        used: MomentTree = {}
        x = images
        for layer in (f"layer_{i}" for i in range(_LAYERS)):
            x, used[layer] = conv_bn(layers[layer], x, at(given, layer))
            x = tf.nn.max_pool2d(tf.nn.relu(x), 2, 2, "VALID")
        return x, {self.name: used}
