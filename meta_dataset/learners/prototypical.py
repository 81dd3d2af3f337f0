"""Prototypical networks (Snell et al. 2017): distances to class means."""

from dataclasses import dataclass

import gin

from meta_dataset.backbones.parameters import Params
from meta_dataset.data.episodes import Episode
from meta_dataset.learners.base import Backbone, Outcome, embed_episode
from meta_dataset.learners.distances import prototypes, squared_distances
from meta_dataset.learners.losses import accuracy, cross_entropy, regularizer
from meta_dataset.setting_kinds import check


@gin.configurable(denylist=["backbone"])
@dataclass(frozen=True)
class PrototypicalNetworkLearner:
    """Classifies a query image by its squared distance to the class means.

    Snell et al. 2017, equation 2: logit = -|query - prototype|^2, no temperature. The
    same in training and evaluation.
    """

    backbone: Backbone
    """The network; it has all the parameters there are."""
    weight_decay: float = 1e-4
    """Factor of half the sum of squared kernels in the loss."""
    transductive_batch_norm: bool = False
    """Normalise the query images with their own moments, not the support's."""
    backprop_through_moments: bool = True
    """Let the query's gradient flow through the support's moments."""

    episodic = True

    def __post_init__(self) -> None:
        """Checks the settings.

        Raises:
          SettingError: a `ValueError`; one is of the wrong kind or out of range.
        """
        check(self, [("weight_decay", 0)])

    def init(
        self, num_classes: int | None, seed: int, image_height: int = 84
    ) -> Params:
        """Returns new parameters, those of the backbone; only the seed matters."""
        del num_classes, image_height
        return self.backbone.init(seed)

    def train(self, params: Params, data: Episode) -> Outcome:
        """Returns the loss on the query images of an `Episode`, decay included."""
        return self.evaluate(params, data)

    def evaluate(self, params: Params, episode: Episode) -> Outcome:
        """Returns loss (decay included), accuracy and logits [query, ways]."""
        embeddings = embed_episode(
            self.backbone,
            params,
            episode,
            self.transductive_batch_norm,
            self.backprop_through_moments,
        )
        means = prototypes(embeddings.support, episode.support_labels, embeddings.ways)
        logits = -squared_distances(embeddings.query, means)
        loss = cross_entropy(logits, episode.query_labels)
        return Outcome(
            loss + self.weight_decay * regularizer(params),
            accuracy(logits, episode.query_labels),
            logits,
        )
