import numpy as np
import pytest
import tensorflow as tf

from meta_dataset.backbones.parameters import (
    flatten,
    trainable,
    truncated_normal,
    unflatten,
)


def test_names_are_paths_and_come_back():
    params = {"a": {"b": {"weight": 1}, "c": 2}, "d": 3}
    flat = {"a/b/weight": 1, "a/c": 2, "d": 3}
    assert flatten(params) == flat
    assert list(flatten(params)) == list(flat)
    assert unflatten(flat) == params


@pytest.mark.parametrize(
    "names", [("fc", "fc/weight"), ("fc/weight", "fc"), ("fc", "fc/a/b")]
)
def test_name_inside_another_is_refused(names):
    with pytest.raises(ValueError, match="'fc"):
        unflatten(dict.fromkeys(names, 0))


def test_flags_are_not_trainable():
    params = {"fc": {"done": tf.zeros([], tf.int32), "weight": tf.zeros([2])}}
    assert list(trainable(params)) == ["fc/weight"]


def test_kernels_are_truncated_normal_and_depend_on_seed_and_name_alone():
    shape = (3, 3, 64, 64)
    kernel = truncated_normal(1, "layer_0/weight", shape).numpy()
    assert kernel.dtype == np.float32
    assert np.abs(kernel).max() <= 0.2
    assert abs(kernel.mean()) < 0.002
    # A normal cut at two standard deviations keeps 0.8796 of its deviation.
    assert kernel.std() == pytest.approx(0.08796, rel=0.02)
    np.testing.assert_array_equal(
        kernel, truncated_normal(1, "layer_0/weight", shape).numpy()
    )
    assert (kernel != truncated_normal(1, "layer_1/weight", shape).numpy()).any()
    assert (kernel != truncated_normal(2, "layer_0/weight", shape).numpy()).any()
