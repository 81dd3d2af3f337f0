import numpy as np
import pytest
import tensorflow as tf

from meta_dataset.training_state import TrainingState


@pytest.fixture
def state():
    return TrainingState(
        {
            "net": {"layer_0": {"weight": tf.constant([1.0, -2.0])}},
            "fc": {
                "bias": tf.constant(0.5),
                "data_dependent_init_done": tf.constant(0),
            },
        }
    )


def test_variables_have_the_published_names(state):
    assert set(state.variables()) == {
        "net/layer_0/weight",
        "net/layer_0/weight/Adam",
        "net/layer_0/weight/Adam_1",
        "fc/bias",
        "fc/bias/Adam",
        "fc/bias/Adam_1",
        "fc/data_dependent_init_done",
        "beta1_power",
        "beta2_power",
        "global_step",
    }
    assert state.variables()["global_step"].dtype == tf.int64


def test_flags_are_kept_but_not_trained(state):
    assert set(state.trained) == {"net/layer_0/weight", "fc/bias"}


def test_params_are_nested_as_they_came(state):
    params = state.params()
    assert params["net"]["layer_0"]["weight"].numpy().tolist() == [1.0, -2.0]
    state.assign_params({"fc": {"bias": tf.constant(3.0)}})
    assert params["fc"]["bias"].numpy() == 3.0


def test_updates_follow_adam(state):
    """Against the formula in float64, epsilon 1e-8, three updates."""
    gradients = [np.array([0.1, -3.0]), np.array([0.2, 1e-6]), np.array([0.0, 4.0])]
    weight, m, v = np.array([1.0, -2.0]), np.zeros(2), np.zeros(2)
    for t, gradient in enumerate(gradients, start=1):
        rate = 0.01 / t
        m = 0.9 * m + 0.1 * gradient
        v = 0.999 * v + 0.001 * gradient**2
        step = rate * np.sqrt(1 - 0.999**t) / (1 - 0.9**t)
        weight = weight - step * m / (np.sqrt(v) + 1e-8)
        state.apply(
            {
                "net/layer_0/weight": tf.constant(gradient, tf.float32),
                "fc/bias": None,
            },
            tf.constant(rate, tf.float32),
        )
    variables = state.variables()
    np.testing.assert_allclose(variables["net/layer_0/weight"], weight, rtol=1e-6)
    np.testing.assert_allclose(variables["net/layer_0/weight/Adam"], m, rtol=1e-6)
    np.testing.assert_allclose(variables["net/layer_0/weight/Adam_1"], v, rtol=1e-4)
    assert variables["fc/bias"].numpy() == 0.5
    assert state.step == 3
    # As TensorFlow 1 stores them: the powers that the next update uses.
    assert variables["beta1_power"].numpy() == pytest.approx(0.9**4)
    assert variables["beta2_power"].numpy() == pytest.approx(0.999**4)
