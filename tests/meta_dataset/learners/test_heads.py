import numpy as np
import pytest
import tensorflow as tf

from meta_dataset.learners.heads import LinearHead

BOTH = pytest.mark.parametrize(
    "run", [lambda f: f, tf.function], ids=["eager", "graph"]
)


def head_params(**leaves):
    flag = tf.zeros([], tf.int32)
    leaves = {key: tf.constant(value, tf.float32) for key, value in leaves.items()}
    return {"fc": {"data_dependent_init_done": flag, **leaves}}


@BOTH
def test_plain_by_hand(run):
    params = head_params(weight=[[1, 2], [3, 4]], bias=[10, 20])
    logits = run(LinearHead("fc").logits)(params, tf.constant([[1.0, 2.0]]))
    np.testing.assert_array_equal(logits, [[17, 30]])


@BOTH
def test_cosine_by_hand(run):
    head = LinearHead("fc", cosine=True, multiplier=10)
    params = head_params(weight=[[1, 0], [1, 0.02]])
    logits = run(head.logits)(params, tf.constant([[3, 4], [0.01, 0]]))
    np.testing.assert_allclose(logits, [[9.899495, 5.059644], [2.236068, 0]], rtol=1e-6)


@BOTH
def test_weight_norm_by_hand(run):
    head = LinearHead("fc", weight_norm=True)
    params = head_params(w_fc=[[3, 0], [4, 1]], g=[1, 1], b_fc=[0, 0])
    embeddings = tf.constant([[1.0, 2.0], [3.0, 0.0], [2.0, 2.0]])
    ready = run(head.data_dependent_init)(params, embeddings)
    np.testing.assert_allclose(ready["fc"]["g"], [2.433321, 1.06066], rtol=1e-6)
    np.testing.assert_allclose(ready["fc"]["b_fc"], [-5.515528, -1.414214], rtol=1e-6)
    assert ready["fc"]["data_dependent_init_done"].numpy() == 1
    np.testing.assert_allclose(
        run(head.logits)(ready, embeddings),
        [[-0.162221, 0.707107], [-1.13555, -1.414214], [1.297771, 0.707107]],
        rtol=2e-5,
    )
    np.testing.assert_array_equal(params["fc"]["g"], [1, 1])


@BOTH
def test_initialisation_from_data_happens_once(run):
    head = LinearHead("fc", weight_norm=True)
    embeddings = tf.constant([[1.0, 2.0], [3.0, 0.0], [2.0, 2.0]])
    first = run(head.data_dependent_init)(head.init(0, 2, 3), embeddings)
    second = run(head.data_dependent_init)(first, 5 * embeddings + 1)
    for key, value in first["fc"].items():
        np.testing.assert_array_equal(value, second["fc"][key])


def test_without_weight_norm_initialisation_from_data_changes_nothing():
    params = LinearHead("fc").init(0, 2, 3)
    assert LinearHead("fc").data_dependent_init(params, tf.ones([2, 2])) is params


def test_cosine_with_weight_norm():
    head = LinearHead("fc", cosine=True, multiplier=2, weight_norm=True)
    params = head_params(w_fc=[[3, 0], [4, 7]], g=[5, 1])
    embeddings = tf.constant([[0.0, 2.0], [4.0, 3.0]])
    # Columns have the length of their gains; they are not normalised once more.
    np.testing.assert_allclose(
        head.logits(params, embeddings), [[8, 2], [9.6, 1.2]], rtol=1e-6
    )
    ready = head.data_dependent_init(params, embeddings)
    # Directions [.6, .8], [0, 1]; un-normalised embeddings give [1.6, 4.8], [2, 3].
    np.testing.assert_allclose(ready["fc"]["g"], [1 / 1.6, 2], rtol=1e-6)
    assert "b_fc" not in ready["fc"]


@pytest.mark.parametrize(
    ("cosine", "weight_norm", "names"),
    [
        (False, False, {"weight", "bias"}),
        (True, False, {"weight"}),
        (False, True, {"w_fc", "g", "b_fc"}),
        (True, True, {"w_fc", "g"}),
    ],
)
def test_init(cosine, weight_norm, names):
    head = LinearHead("fc", cosine, 1.0, weight_norm)
    leaves = head.init(0, 300, 200)["fc"]
    assert leaves.keys() == {"data_dependent_init_done"} | names
    assert leaves["data_dependent_init_done"].dtype == tf.int32
    kernel = leaves["w_fc" if weight_norm else "weight"].numpy()
    assert kernel.shape == (300, 200)
    if weight_norm:
        assert kernel.std() == pytest.approx(0.05, rel=0.02)
        assert np.abs(kernel).max() > 0.15  # not truncated
        np.testing.assert_array_equal(leaves["g"], np.ones(200))
    else:
        assert kernel.std() == pytest.approx(0.08796, rel=0.02)
    if "bias" in names:
        np.testing.assert_array_equal(leaves["bias"], np.full(200, np.float32(0.1)))
    if "b_fc" in names:
        np.testing.assert_array_equal(leaves["b_fc"], np.zeros(200))
