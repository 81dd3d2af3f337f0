"""What a learner is, and what all of them share.

A learner is a frozen set of hyper-parameters. It holds no weights: parameters come in
and go out as nested dictionaries (`backbones.parameters`), and whoever trains keeps
them. `train` returns the loss to minimise; gradients and updates are the trainer's.
"""

from typing import NamedTuple, Protocol

import tensorflow as tf

from meta_dataset.backbones.layers import GivenMoments, MomentTree
from meta_dataset.backbones.parameters import Params
from meta_dataset.data.episodes import Batch, Episode
from meta_dataset.setting_kinds import SettingError


class LearnerSettingError(SettingError):
    """A hyper-parameter of a learner has a value that it cannot work with."""


class Outcome(NamedTuple):
    """What a learner made of one episode or batch."""

    loss: tf.Tensor
    """Scalar float32, weight decay included."""
    accuracy: tf.Tensor
    """Scalar float32, share of the query images (batch: images) classified rightly."""
    logits: tf.Tensor
    """[query, ways] (batch: [images, classes]), float32."""


class Backbone(Protocol):
    """A network from images to embeddings, as functions of its parameters."""

    name: str

    def init(self, seed: int) -> Params:
        """Returns new parameters under the scope of this network."""

    def num_features(self, image_height: int) -> int:
        """Returns the size of an embedding of images of this height, pixels."""

    def embed(
        self,
        params: Params,
        images: tf.Tensor,
        moments: GivenMoments = None,
    ) -> tuple[tf.Tensor, MomentTree]:
        """Returns embeddings [images, features] and the batch-norm moments used."""

    def embed_maps(
        self,
        params: Params,
        images: tf.Tensor,
        moments: GivenMoments = None,
    ) -> tuple[tf.Tensor, MomentTree]:
        """Returns maps [images, height, width, channels] and the moments used."""


class Learner(Protocol):
    """A way to learn from episodes (or batches) and to classify in episodes."""

    episodic: bool
    """Whether `train` takes episodes; else batches."""

    def init(
        self, num_classes: int | None, seed: int, image_height: int = 84
    ) -> Params:
        """Returns new parameters: a function of the arguments.

        Args:
          num_classes: outputs of the head of a learner that trains on batches.
          seed: of the random kernels.
          image_height: pixels; the size of a head may depend on it.
        """

    def train(self, params: Params, data: Episode | Batch) -> Outcome:
        """Returns the loss to minimise, on an `Episode` or a `Batch`."""

    def evaluate(self, params: Params, episode: Episode) -> Outcome:
        """Returns how an `Episode` of new classes is classified; params stay."""


class EpisodeEmbeddings(NamedTuple):
    """Embeddings of one episode, and how many classes it has."""

    support: tf.Tensor
    """[support, features], float32."""
    query: tf.Tensor
    """[query, features], float32."""
    ways: tf.Tensor
    """Scalar int32."""


def embed_episode(
    backbone: Backbone,
    params: Params,
    episode: Episode,
    transductive_batch_norm: bool,
    backprop_through_moments: bool,
) -> EpisodeEmbeddings:
    """Returns the embeddings of an episode's images.

    Support images are normalised with their own moments.

    Args:
      backbone: the network.
      params: its parameters.
      episode: an `Episode` of images [None, height, height, 3] in [-1, 1].
      transductive_batch_norm: normalise the query images with their own moments (of
        the query alone) instead of those of the support images.
      backprop_through_moments: let the gradient of the query images reach the support
        images through the moments.
    """
    support, moments = backbone.embed(params, episode.support_images)
    if transductive_batch_norm:
        moments = None
    elif not backprop_through_moments:
        moments = tf.nest.map_structure(tf.stop_gradient, moments)
    query, _ = backbone.embed(params, episode.query_images, moments)
    return EpisodeEmbeddings(support, query, num_ways(episode))


def num_ways(episode: Episode) -> tf.Tensor:
    """Returns the number of classes of an episode, scalar int32.

    Labels number the classes from 0, and each has a support image.
    """
    return tf.reduce_max(episode.support_labels) + 1
