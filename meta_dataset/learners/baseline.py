"""The k-NN baseline: a classifier of all classes, nearest neighbours in episodes."""

from dataclasses import dataclass

import gin
import tensorflow as tf

from meta_dataset.backbones.layers import FORGET
from meta_dataset.backbones.parameters import Params
from meta_dataset.data.episodes import Batch, Episode
from meta_dataset.learners.base import (
    Backbone,
    LearnerSettingError,
    Outcome,
    embed_episode,
)
from meta_dataset.learners.distances import cosine_similarities, squared_distances
from meta_dataset.learners.heads import LinearHead
from meta_dataset.learners.losses import accuracy, cross_entropy, regularizer
from meta_dataset.setting_kinds import check

_CLOSENESS = {
    "l2": lambda query, support: -squared_distances(query, support),
    "cosine": cosine_similarities,
}


@gin.configurable(denylist=["backbone"])
@dataclass(frozen=True)
class BaselineLearner:
    """Trains on batches with a linear head; classifies by the nearest support image.

    Triantafillou et al. 2020, "k-NN". One neighbour; the head plays no part in
    evaluation, unless `knn_in_fc` asks for it.
    """

    backbone: Backbone
    """The network below the head."""
    weight_decay: float = 1e-4
    """Factor of half the sum of squared kernels in the training loss."""
    knn_in_fc: bool = False
    """Look for neighbours among the head's outputs instead of the embeddings."""
    knn_distance: str = "l2"
    """'l2' or 'cosine'."""
    cosine_classifier: bool = False
    """In training the logits are cosines of embeddings and kernel columns."""
    cosine_logits_multiplier: float | None = None
    """Factor of the cosines; needed with `cosine_classifier`, else unused."""
    use_weight_norm: bool = False
    """Weight-normalised head, initialised from the first batch."""
    transductive_batch_norm: bool = False
    """Normalise the query images with their own moments, not the support's."""
    backprop_through_moments: bool = True
    """Without effect: this learner never differentiates an episode."""

    episodic = False

    def __post_init__(self) -> None:
        """Checks the settings.

        Raises:
          SettingError: a `ValueError`; one is of the wrong kind or out of range, the
            distance is unknown, or cosines lack their multiplier.
        """
        check(self, [("weight_decay", 0)])
        if self.knn_distance not in _CLOSENESS:
            raise LearnerSettingError(
                f"BaselineLearner.knn_distance = {self.knn_distance!r}: choose one of "
                f"{', '.join(map(repr, _CLOSENESS))}."
            )
        if self.cosine_classifier and self.cosine_logits_multiplier is None:
            raise LearnerSettingError(
                "BaselineLearner.cosine_classifier = True needs a number in "
                "BaselineLearner.cosine_logits_multiplier, such as 1."
            )

    @property
    def head(self) -> LinearHead:
        """The classifier of all classes, scope 'fc'."""
        return LinearHead(
            "fc",
            self.cosine_classifier,
            self.cosine_logits_multiplier if self.cosine_classifier else 1.0,
            self.use_weight_norm,
        )

    def init(
        self, num_classes: int | None, seed: int, image_height: int = 84
    ) -> Params:
        """Returns new parameters of backbone and head.

        Args:
          num_classes: outputs of the head. The published code of April 2020 counts the
            classes of all splits of all datasets trained on (1000 for imagenet, 4811
            for all), although only the training classes occur as labels; the newest
            counts those alone (712 and 3144). None: no head, for evaluation.
          seed: of the random kernels.
          image_height: pixels; the kernel of the head may depend on it.

        Raises:
          LearnerSettingError: no head, although neighbours are sought in its outputs.
        """
        params = self.backbone.init(seed)
        if num_classes is not None:
            num_features = self.backbone.num_features(image_height)
            return {**params, **self.head.init(seed, num_features, num_classes)}
        if self.knn_in_fc:
            raise LearnerSettingError(
                "BaselineLearner.knn_in_fc = True looks for neighbours in the outputs "
                "of the head, so the number of classes it was trained on is needed."
            )
        return params

    def data_dependent_init(self, params: Params, data: Batch) -> Params:
        """Returns params with the head's gains and biases set from a first `Batch`.

        To be called before the first update. Once done (a stored flag tells), or
        without weight norm, the parameters come back as they are.
        """
        if not self.use_weight_norm:
            return params
        embeddings, _ = self.backbone.embed(params, data.images, FORGET)
        return self.head.data_dependent_init(params, embeddings)

    def train(self, params: Params, data: Batch) -> Outcome:
        """Returns the loss over all classes on a `Batch`, decay included."""
        embeddings, _ = self.backbone.embed(params, data.images, FORGET)
        logits = self.head.logits(params, embeddings)
        loss = cross_entropy(logits, data.labels)
        return Outcome(
            loss + self.weight_decay * regularizer(params),
            accuracy(logits, data.labels),
            logits,
        )

    def evaluate(self, params: Params, episode: Episode) -> Outcome:
        """Returns the labels of the nearest support images, as one-hot logits.

        Of equally near ones the first counts. The loss is 0 by definition.
        """
        embeddings = embed_episode(
            self.backbone,
            params,
            episode,
            self.transductive_batch_norm,
            self.backprop_through_moments,
        )
        support, query = embeddings.support, embeddings.query
        if self.knn_in_fc:
            support = self.head.logits(params, support)
            query = self.head.logits(params, query)
        closeness = _CLOSENESS[self.knn_distance](query, support)
        nearest = tf.gather(episode.support_labels, tf.argmax(closeness, 1))
        logits = tf.one_hot(nearest, embeddings.ways)
        loss = tf.zeros([])
        return Outcome(loss, accuracy(logits, episode.query_labels), logits)
