"""From serialised examples to what learners take in.

A decoder is a callable on one serialised example, as published; `decode_all` decodes
many at once, which is what pipelines do. Resizing follows the rule with aligned corners
that the published results rest on: output pixel i samples input coordinate
i (H - 1) / (h - 1). The resize of `tf.image` has another rule and gives other pixels.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable
from typing import Protocol

import gin
import tensorflow as tf

from meta_dataset import setting_kinds
from meta_dataset.data.augmentation import DataAugmentation
from meta_dataset.errors import UsageError

__all__ = [
    "DataAugmentation",
    "Decoder",
    "FeatureDecoder",
    "ImageDecoder",
    "StringDecoder",
    "decode",
    "log_augmentation",
    "resize",
    "with_image_size",
]

_logger = logging.getLogger(__name__)

_PARALLEL_IMAGES = 10

_IMAGE_FEATURES = {
    "image": tf.io.FixedLenFeature([], tf.string),
    "label": tf.io.FixedLenFeature([], tf.int64),
}


class Decoder(Protocol):
    """What a pipeline asks of a decoder."""

    def decode_all(
        self, examples: tf.Tensor, seed: tf.Tensor | None = None
    ) -> tf.Tensor:
        """Decodes serialised examples, string [n], to a tensor [n, ...].

        `seed`, [2] integers, fixes what is random.
        """
        ...


def resize(image: tf.Tensor, height: int) -> tf.Tensor:
    """Returns an image resized bilinearly with aligned corners.

    Args:
      image: [rows, columns, channels], uint8 or float32.
      height: of the result, and its width; the aspect ratio is not kept.

    Returns:
      [height, height, channels], float32, same range.
    """
    return tf.raw_ops.ResizeBilinear(
        images=image[None],
        size=[height, height],
        align_corners=True,
        half_pixel_centers=False,
    )[0]


@gin.configurable
@dataclasses.dataclass(frozen=True)
class ImageDecoder:
    """Decodes, resizes and rescales images to [-1, 1], then augments them."""

    image_size: int | None = None
    """Height and width of the result in pixels; None: as stored."""
    data_augmentation: DataAugmentation | None = None
    """Applied last; None: nothing."""
    skip_tfexample_decoding: bool = False
    """Whether the input is the encoded image itself, not an example that holds it."""

    def __post_init__(self) -> None:
        setting_kinds.check(self, [("image_size", 1)])

    def __call__(
        self, example_string: tf.Tensor, seed: tf.Tensor | None = None
    ) -> tf.Tensor:
        """Decodes one serialised example: string scalar to float32 [h, h, 3]."""
        encoded = example_string
        if not self.skip_tfexample_decoding:
            encoded = tf.io.parse_single_example(encoded, _IMAGE_FEATURES)["image"]
        return self._finished(self._pixels(encoded)[None], seed)[0]

    def decode_all(
        self, examples: tf.Tensor, seed: tf.Tensor | None = None
    ) -> tf.Tensor:
        """Decodes serialised examples: string [n] to float32 [n, h, h, 3].

        Raises:
          UsageError: without an image size the images cannot be stacked.
        """
        if self.image_size is None:
            raise UsageError(
                "Images of different sizes cannot be put together: bind "
                "DataConfig.image_height or ImageDecoder.image_size."
            )
        encoded = examples
        if not self.skip_tfexample_decoding:
            encoded = tf.io.parse_example(encoded, _IMAGE_FEATURES)["image"]
        height = self.image_size
        pixels = tf.map_fn(
            self._pixels,
            encoded,
            fn_output_signature=tf.TensorSpec([height, height, 3], tf.float32),
            parallel_iterations=_PARALLEL_IMAGES,
        )
        return self._finished(pixels, seed)

    def _pixels(self, encoded: tf.Tensor) -> tf.Tensor:
        """Returns one image, resized, from 0 to 255, float32."""
        image = tf.io.decode_image(encoded, channels=3, expand_animations=False)
        if self.image_size is None:
            return tf.cast(image, tf.float32)
        return resize(image, self.image_size)

    def _finished(self, pixels: tf.Tensor, seed: tf.Tensor | None) -> tf.Tensor:
        images = 2 * (pixels / 255.0 - 0.5)
        if self.data_augmentation is None:
            return images
        return self.data_augmentation(images, seed)


@gin.configurable
@dataclasses.dataclass(frozen=True)
class StringDecoder:
    """Returns the encoded image of an example as it is."""

    def __call__(self, example_string: tf.Tensor) -> tf.Tensor:
        """Returns the bytes of the image: string scalar to string scalar."""
        return tf.io.parse_single_example(example_string, _IMAGE_FEATURES)["image"]

    def decode_all(
        self, examples: tf.Tensor, seed: tf.Tensor | None = None
    ) -> tf.Tensor:
        """Returns the bytes of the images: string [n] to string [n]."""
        del seed  # nothing is random
        return tf.io.parse_example(examples, _IMAGE_FEATURES)["image"]


@gin.configurable
@dataclasses.dataclass(frozen=True)
class FeatureDecoder:
    """Returns the features that records of embeddings hold."""

    feat_len: int
    """Number of features of an example."""

    def __post_init__(self) -> None:
        setting_kinds.check(self, [("feat_len", 1)])

    def _features(self) -> dict[str, tf.io.FixedLenFeature]:
        return {"image/embedding": tf.io.FixedLenFeature([self.feat_len], tf.float32)}

    def __call__(self, example_string: tf.Tensor) -> tf.Tensor:
        """Returns the features: string scalar to float32 [feat_len]."""
        parsed = tf.io.parse_single_example(example_string, self._features())
        return parsed["image/embedding"]

    def decode_all(
        self, examples: tf.Tensor, seed: tf.Tensor | None = None
    ) -> tf.Tensor:
        """Returns the features: string [n] to float32 [n, feat_len]."""
        del seed  # nothing is random
        return tf.io.parse_example(examples, self._features())["image/embedding"]


def decode(
    decoder: Decoder | Callable[[tf.Tensor], tf.Tensor] | None,
    examples: tf.Tensor,
    seed: tf.Tensor,
) -> tf.Tensor:
    """Decodes serialised examples, string [n].

    Without a decoder they stay as they are; one that takes only single examples and
    gives float32 is called on each.

    Raises:
      UsageError: it is no decoder.
    """
    if decoder is None:
        return examples
    if hasattr(decoder, "decode_all"):
        return decoder.decode_all(examples, seed)
    if not callable(decoder):
        raise UsageError(
            f"{decoder!r} is no decoder: bind those of process_episode and process_batch "
            "to one such as @ImageDecoder(), with the parentheses."
        )
    return tf.map_fn(
        tf.function(decoder),  # which may be written with Python's `if` on tensors
        examples,
        fn_output_signature=tf.float32,
        parallel_iterations=_PARALLEL_IMAGES,
    )


def with_image_size(decoder: Decoder | None, image_size: int | None) -> Decoder | None:
    """Returns the decoder, told the size of images if it makes images."""
    if isinstance(decoder, ImageDecoder) and image_size is not None:
        return dataclasses.replace(decoder, image_size=image_size)
    return decoder


def log_augmentation(name: str, decoder: Decoder | None) -> None:
    """Logs what is done to the images of `name`: support, query or batch."""
    augmentation = getattr(decoder, "data_augmentation", None)
    if augmentation is None:
        _logger.info("No data augmentation provided for %s", name)
        return
    _logger.info("%s augmentations:", name)
    for field in dataclasses.fields(augmentation):
        _logger.info("%s: %s", field.name, getattr(augmentation, field.name))
