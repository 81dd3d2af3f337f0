"""Weights that need no storing: a function of a variable's name and shape.

`value(name, shape)` is the same float32 array everywhere (numpy's RandomState is
frozen by numpy's own compatibility promise). The name is the TF variable name
without ":0", e.g. "four_layer_convnet/layer_0/weight".
"""

import zlib

import numpy as np

# The last batch norms are made smaller, so that softmaxes over distances are not
# saturated and adaptation on the support set has something to do.
LAST_SCALE = {
    "four_layer_convnet/layer_3/batch_norm/": 0.1,
    "resnet18/conv5_x/bottleneck_0/conv2/batch_norm/": 0.3,
    "resnet18/conv5_x/bottleneck_0/identity/projection_conv/batch_norm/": 0.3,
    "resnet18/conv5_x/bottleneck_1/conv2/batch_norm/": 0.3,
}


def value(name, shape):
    """The deterministic value of variable `name` (":0" is cut off)."""
    name = name.split(":")[0]
    # the two revisions name the relation module differently: same values
    name = name.replace("relation_module/", "relationnet/")
    shape = tuple(int(d) for d in shape)
    last = name.split("/")[-1]
    if last == "data_dependent_init_done":
        return np.zeros(shape, np.int32)
    n = np.random.RandomState(zlib.crc32(name.encode())).standard_normal(shape)
    if last in ("weight", "w_fc"):
        # sqrt(2 / fan_in): fan_in is the product of all dimensions but the last.
        v = n * np.sqrt(2.0 / np.prod(shape[:-1]))
    elif last in ("scale", "g"):
        v = 1.0 + 0.1 * n
    elif last in ("offset", "bias", "b_fc"):
        v = 0.1 * n
    else:
        raise ValueError(f"no rule for variable {name!r}")
    if last in ("scale", "offset"):
        for prefix, factor in LAST_SCALE.items():
            if name.startswith(prefix):
                v = factor * v
    return np.asarray(v, np.float32)


def to_float(images):
    """uint8 images to the float32 network input, range [-1, 1]."""
    return (images.astype(np.float64) / 127.5 - 1.0).astype(np.float32)


def upsample(images, size=126):
    """Nearest-neighbour resize (84 -> 126): row i is row i * 84 // 126."""
    index = np.arange(size) * images.shape[1] // size
    return images[:, index][:, :, index]
