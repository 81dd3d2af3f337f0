"""Jitter and Gaussian noise, added to decoded images."""

from __future__ import annotations

import dataclasses

import gin
import tensorflow as tf

from meta_dataset import setting_kinds
from meta_dataset.setting_kinds import SettingError


@gin.configurable
@dataclasses.dataclass(frozen=True)
class DataAugmentation:
    """What is done to decoded images, besides nothing.

    The published settings enable both for support sets and batches with amounts of 0,
    which does nothing. A support decoder serves training and evaluation episodes alike:
    an amount bound for it augments the support sets of evaluations too.
    """

    enable_jitter: bool = False
    """Whether to shift images at random."""
    jitter_amount: int = 0
    """Pixels by which every side is padded by reflection before one random crop of the
    former size; must be below the height of the images."""
    enable_gaussian_noise: bool = False
    """Whether to add noise."""
    gaussian_noise_std: float = 0.0
    """Its standard deviation; images reach from -1 to 1, and may leave that range."""

    def __post_init__(self) -> None:
        setting_kinds.check(self, [("jitter_amount", 0), ("gaussian_noise_std", 0)])

    @property
    def jitters(self) -> bool:
        """Whether images are shifted."""
        return self.enable_jitter and self.jitter_amount > 0

    @property
    def adds_noise(self) -> bool:
        """Whether noise is added."""
        return self.enable_gaussian_noise and self.gaussian_noise_std > 0

    def __call__(self, images: tf.Tensor, seed: tf.Tensor | None = None) -> tf.Tensor:
        """Returns the images with noise, then shifted; unchanged if amounts are 0.

        Args:
          images: [n, height, width, channels], float32.
          seed: [2], int32 or int64: the same seed gives the same images. Default: drawn
            from TensorFlow's global generator.

        Returns:
          As `images`.

        Raises:
          SettingError: images are shifted by more than they are high.
        """
        if not (self.jitters or self.adds_noise):
            return images
        if seed is None:
            seed = tf.random.uniform([2], maxval=2**31 - 1, dtype=tf.int32)
        seeds = tf.random.split(seed, 2)
        if self.adds_noise:
            noise = tf.random.stateless_normal(tf.shape(images), seeds[0])
            images += self.gaussian_noise_std * noise
        if self.jitters:
            height = images.shape[1]
            if height is not None and self.jitter_amount >= height:
                raise SettingError(
                    f"DataAugmentation.jitter_amount = {self.jitter_amount}: it must be "
                    f"below the height of the images, {height} pixels."
                )
            images = _shifted(images, self.jitter_amount, seeds[1])
        return images


def _shifted(images: tf.Tensor, amount: int, seed: tf.Tensor) -> tf.Tensor:
    """Shifts each image by up to `amount` pixels; what enters is a reflection.

    The same as padding by reflection and cropping at a random place.
    """
    num_images, height, width = tf.unstack(tf.shape(images)[:3])
    shifts = tf.random.stateless_uniform(
        [num_images, 2], seed, -amount, amount + 1, dtype=tf.int32
    )
    rows = _reflected(shifts[:, :1] + tf.range(height), height)
    columns = _reflected(shifts[:, 1:] + tf.range(width), width)
    columns = tf.repeat(columns[:, None], height, axis=1)
    shifted = tf.gather(images, rows, axis=1, batch_dims=1)
    shifted = tf.gather(shifted, columns, axis=2, batch_dims=2)
    return tf.ensure_shape(shifted, images.shape)


def _reflected(places: tf.Tensor, size: tf.Tensor) -> tf.Tensor:
    """Mirrors places outside of [0, size) at the first and last one."""
    last = size - 1
    return last - tf.abs(last - tf.abs(places))
