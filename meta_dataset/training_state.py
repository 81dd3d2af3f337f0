"""The variables of a run, and the update that changes them.

Everything else is a function over parameters; here alone, `tf.Variable`s live. Names
are the published ones: parameters under their paths, Adam's slots under
'<name>/Adam' and '<name>/Adam_1', 'beta1_power', 'beta2_power', 'global_step'.
"""

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from meta_dataset.backbones.parameters import Params, flatten, trainable, unflatten

BETA1 = 0.9
BETA2 = 0.999
EPSILON = 1e-8
"""Adam's constants, as published (Keras would take 1e-7 for the last)."""

STEP = "global_step"
FIRST_MOMENT = "/Adam"
SECOND_MOMENT = "/Adam_1"


class TrainingState:
    """Parameters, Adam's slots and the number of updates done.

    Args:
      params: first values, a nested dictionary of tensors. Floating ones are trained;
        others are flags that are stored beside them.
    """

    def __init__(self, params: Mapping[str, Any]):
        self.weights = {
            name: tf.Variable(value, name=name)
            for name, value in flatten(params).items()
        }
        self.trained = {name: self.weights[name] for name in trainable(params)}
        self._first = self._slots(FIRST_MOMENT)
        self._second = self._slots(SECOND_MOMENT)
        self._powers = {
            # Published: the power that the next update uses.
            "beta1_power": tf.Variable(BETA1, trainable=False, name="beta1_power"),
            "beta2_power": tf.Variable(BETA2, trainable=False, name="beta2_power"),
        }
        self._step = tf.Variable(0, dtype=tf.int64, trainable=False, name=STEP)

    def _slots(self, suffix: str) -> dict[str, tf.Variable]:
        return {
            name: tf.Variable(tf.zeros_like(variable), trainable=False)
            for name, variable in self.trained.items()
        }

    @property
    def step(self) -> int:
        """Updates done."""
        return int(self._step.numpy())

    def params(self) -> Params:
        """Returns the parameters as learners take them: a nested dictionary.

        Inside a traced function its leaves are the current values.
        """
        return unflatten(self.weights)

    def variables(self) -> dict[str, tf.Variable]:
        """Returns {published name: variable} of all that a checkpoint holds."""
        return {
            **self.weights,
            **{name + FIRST_MOMENT: slot for name, slot in self._first.items()},
            **{name + SECOND_MOMENT: slot for name, slot in self._second.items()},
            **self._powers,
            STEP: self._step,
        }

    def assign_params(self, params: Mapping[str, Any]) -> None:
        """Gives parameters new values; those not in `params` stay."""
        for name, value in flatten(params).items():
            self.weights[name].assign(value)

    def apply(self, gradients: Mapping[str, Any], learning_rate: tf.Tensor) -> None:
        """Makes one update of Adam, traceable.

        With m and v the running means of gradient and squared gradient, t the number
        of this update and lr the rate:
        lr_t = lr * sqrt(1 - beta2^t) / (1 - beta1^t); w -= lr_t * m / (sqrt(v) + eps).

        Args:
          gradients: {name of a trained parameter: gradient, or None to skip it}.
          learning_rate: scalar float32.
        """
        beta1_power, beta2_power = self._powers.values()
        for name, gradient in gradients.items():
            if gradient is None:
                continue
            tf.raw_ops.ResourceApplyAdam(
                var=self.weights[name].handle,
                m=self._first[name].handle,
                v=self._second[name].handle,
                beta1_power=beta1_power,
                beta2_power=beta2_power,
                lr=learning_rate,
                beta1=BETA1,
                beta2=BETA2,
                epsilon=EPSILON,
                grad=gradient,
            )
        beta1_power.assign(beta1_power * BETA1)
        beta2_power.assign(beta2_power * BETA2)
        self._step.assign_add(1)
