"""Linear classifiers on embeddings: plain, cosine and weight-normalised."""

from dataclasses import dataclass

import tensorflow as tf

from meta_dataset.backbones.parameters import (
    BIAS,
    Params,
    stateless_seed,
    truncated_normal,
)

_COSINE_EPSILON = 1e-3
"""Lower bound of squared lengths in the cosine classifier; the published constant."""

_FLAG = "data_dependent_init_done"


@dataclass(frozen=True)
class LinearHead:
    """A dense layer whose logits may be cosines and whose kernel may be normalised.

    Salimans and Kingma 2016 for the weight normalisation and its initialisation from
    data, Chen et al. 2019 ("A closer look at few-shot classification") for the cosine.
    """

    scope: str
    """Name of the layer: the key of its parameters."""
    cosine: bool = False
    """Logits are cosines times `multiplier`; there is no bias."""
    multiplier: float = 1.0
    """Factor of the cosines; unused without `cosine`."""
    weight_norm: bool = False
    """Columns of the kernel have a length of their own, the gain."""

    def init(self, seed: int, num_features: int, num_outputs: int) -> Params:
        """Returns new parameters, {scope: {...}}.

        Plain kernels: truncated normal, biases 0.1. Weight-normalised ones: normal with
        standard deviation 0.05 (not truncated), gains 1, biases 0; see
        `data_dependent_init`. The flag that tells whether that was done is there
        always, as in April 2020's checkpoints.
        """
        shape = (num_features, num_outputs)
        head: Params = {_FLAG: tf.zeros([], tf.int32)}
        if self.weight_norm:
            name = f"{self.scope}/w_fc"
            head["w_fc"] = tf.random.stateless_normal(
                shape, stateless_seed(seed, name), stddev=0.05
            )
            head["g"] = tf.ones([num_outputs])
            if not self.cosine:
                head["b_fc"] = tf.zeros([num_outputs])
        else:
            head["weight"] = truncated_normal(seed, f"{self.scope}/weight", shape)
            if not self.cosine:
                head["bias"] = tf.fill([num_outputs], BIAS)
        return {self.scope: head}

    def logits(self, params: Params, embeddings: tf.Tensor) -> tf.Tensor:
        """Returns the logits, [examples, outputs].

        Args:
          params: a dictionary with this head's scope; other scopes are ignored.
          embeddings: [examples, features], float32.
        """
        head = params[self.scope]
        if self.weight_norm:
            kernel = head["w_fc"]
            kernel = kernel * (head["g"] * tf.math.rsqrt(_squared_lengths(kernel)))
        else:
            kernel = head["weight"]
        if not self.cosine:
            bias = head["b_fc" if self.weight_norm else "bias"]
            return tf.matmul(embeddings, kernel) + bias
        embeddings = tf.math.l2_normalize(embeddings, 1, epsilon=_COSINE_EPSILON)
        if not self.weight_norm:
            kernel = tf.math.l2_normalize(kernel, 0, epsilon=_COSINE_EPSILON)
        return self.multiplier * tf.matmul(embeddings, kernel)

    def data_dependent_init(self, params: Params, embeddings: tf.Tensor) -> Params:
        """Returns params with gains and biases that standardise these logits.

        Each output gets mean 0 and variance 1 over the examples. Done once in the life
        of the parameters: a stored flag is set, and where it is set nothing changes.
        Without weight normalisation nothing changes either. The embeddings are not
        normalised for this, with a cosine classifier neither: an oddity of the
        published code, kept.

        Args:
          params: a dictionary with this head's scope.
          embeddings: of the first batch, [examples, features], float32.
        """
        if not self.weight_norm:
            return params
        head = dict(params[self.scope])
        directions = tf.math.l2_normalize(head["w_fc"], 0, epsilon=1e-12)
        mean, variance = tf.nn.moments(tf.matmul(embeddings, directions), 0)
        gain = tf.math.rsqrt(variance + 1e-10)
        is_done = tf.not_equal(head[_FLAG], 0)
        head["g"] = tf.where(is_done, head["g"], gain)
        if not self.cosine:
            head["b_fc"] = tf.where(is_done, head["b_fc"], -mean * gain)
        head[_FLAG] = tf.ones([], tf.int32)
        return {**params, self.scope: head}


def _squared_lengths(kernel: tf.Tensor) -> tf.Tensor:
    return tf.reduce_sum(tf.square(kernel), 0)
