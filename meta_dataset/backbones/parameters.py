"""Parameters as nested dictionaries, and their first values.

A parameter's name is the path of keys that leads to it, joined by '/'. Those names are
the published variable names ('resnet18/conv2_x/bottleneck_0/conv1/weight'), so that
checkpoints of either side fit. Where parameters are stored is no business of this
package.
"""

import zlib
from collections.abc import Mapping
from typing import Any

import tensorflow as tf

Params = dict[str, Any]
"""A nested dictionary with str keys and tensors (or variables) as leaves."""

WEIGHT_STDDEV = 0.1
"""Standard deviation of a new kernel, whatever its size; the published constant."""

BIAS = 0.1
"""Value of every new bias; the published constant."""


def flatten(params: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Returns {published name: leaf}, in the order of the nested dictionary."""
    flat = {}
    for key, value in params.items():
        if isinstance(value, Mapping):
            flat.update(flatten(value, f"{prefix}{key}/"))
        else:
            flat[prefix + key] = value
    return flat


def unflatten(flat: Mapping[str, Any]) -> Params:
    """Returns the nested dictionary whose `flatten` is `flat`.

    Raises:
      ValueError: one name is a leaf and a folder at once ('fc' and 'fc/weight').
    """
    params: Params = {}
    for name, leaf in flat.items():
        *scopes, last = name.split("/")
        node = params
        for scope in scopes:
            node = node.setdefault(scope, {})
            if not isinstance(node, dict):
                break
        if not isinstance(node, dict) or last in node:
            raise ValueError(f"Parameter {name!r} is another one or lies inside one.")
        node[last] = leaf
    return params


def trainable(params: Mapping[str, Any]) -> dict[str, Any]:
    """Returns {name: leaf} of the leaves that gradients change: the floating ones.

    What is left out are flags, such as 'fc/data_dependent_init_done'.
    """
    return {
        name: leaf for name, leaf in flatten(params).items() if leaf.dtype.is_floating
    }


def truncated_normal(seed: int, name: str, shape: tuple[int, ...]) -> tf.Tensor:
    """Returns the first value of kernel `name`: a function of seed and name alone.

    Normal with mean 0 and standard deviation `WEIGHT_STDDEV`, redrawn beyond two of
    them, whatever the size of the kernel.
    """
    return tf.random.stateless_truncated_normal(
        shape, stateless_seed(seed, name), stddev=WEIGHT_STDDEV
    )


def stateless_seed(seed: int, name: str) -> tuple[int, int]:
    """Returns the seed of a random value that belongs to parameter `name`."""
    return seed, zlib.crc32(name.encode())
