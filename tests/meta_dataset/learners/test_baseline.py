import numpy as np
import pytest
import tensorflow as tf

from meta_dataset.backbones.convnet import FourLayerConvnet
from meta_dataset.errors import UsageError
from meta_dataset.learners.baseline import BaselineLearner
from meta_dataset.learners.losses import regularizer

BOTH = pytest.mark.parametrize(
    "run", [lambda f: f, tf.function], ids=["eager", "graph"]
)
DISTANCES = pytest.mark.parametrize("distance", ["l2", "cosine"])


@pytest.fixture(scope="module")
def on_paper(episode_of):
    return episode_of(
        [[1, 0], [3, 0], [0, 2]], [0, 0, 1], [[2, 1], [0, 1], [0.1, 0.05]], [0, 1, 1]
    )


@BOTH
@DISTANCES
def test_example_on_paper(run, distance, identity, on_paper):
    learner = BaselineLearner(identity, knn_distance=distance)
    outcome = run(learner.evaluate)(learner.init(None, 0), on_paper)
    np.testing.assert_array_equal(outcome.logits, [[1, 0], [0, 1], [1, 0]])
    assert outcome.loss.numpy() == 0
    assert outcome.accuracy.numpy() == pytest.approx(2 / 3)


@DISTANCES
def test_first_of_equally_near_images_counts(distance, identity, episode_of):
    learner = BaselineLearner(identity, knn_distance=distance)
    support = np.random.default_rng(0).normal(size=(3, 37))
    episode = episode_of(
        np.concatenate([support] * 3), [2, 1, 0, 0, 1, 2, 1, 2, 0], support, [2, 1, 0]
    )
    assert learner.evaluate({}, episode).accuracy.numpy() == 1


def test_neighbours_in_the_outputs_of_the_head(identity, on_paper):
    learner = BaselineLearner(identity, knn_in_fc=True)
    params = learner.init(1, 0, image_height=2)
    # The head keeps the second feature: 0, 0, 2 to be compared with 1 (a tie: the
    # first), 1 and 0.05. Embeddings themselves answer [0, 1, 0].
    params["fc"]["weight"] = tf.constant([[0.0], [1.0]])
    params["fc"]["bias"] = tf.constant([5.0])
    logits = learner.evaluate(params, on_paper).logits
    np.testing.assert_array_equal(logits, [[1, 0], [1, 0], [1, 0]])
    params["fc"]["weight"] = tf.constant([[0.0], [-3.0]])
    np.testing.assert_array_equal(learner.evaluate(params, on_paper).logits, logits)
    params["fc"]["weight"] = tf.constant([[1.0], [0.0]])
    logits = learner.evaluate(params, on_paper).logits
    np.testing.assert_array_equal(logits, [[1, 0], [0, 1], [0, 1]])


def test_neighbours_in_the_head_need_a_head(identity):
    with pytest.raises(ValueError, match="knn_in_fc"):
        BaselineLearner(identity, knn_in_fc=True).init(None, 0)


@pytest.mark.parametrize(
    "settings", [{"knn_distance": "l1"}, {"cosine_classifier": True}]
)
def test_impossible_settings_are_refused(settings, identity):
    for kind in (UsageError, ValueError):
        with pytest.raises(kind, match=next(iter(settings))):
            BaselineLearner(identity, **settings)


def test_head_fits_the_images():
    learner = BaselineLearner(FourLayerConvnet())
    assert learner.init(7, 0)["fc"]["weight"].shape == (1600, 7)
    assert learner.init(7, 0, image_height=28)["fc"]["weight"].shape == (64, 7)
    assert "fc" not in learner.init(None, 0)


@BOTH
def test_training_on_paper(run, identity, batch_of):
    learner = BaselineLearner(identity, weight_decay=0.01)
    params = learner.init(3, 0, image_height=2)
    params["fc"]["weight"] = tf.constant([[1.0, 0.0, 2.0], [0.0, 1.0, 0.0]])
    params["fc"]["bias"] = tf.constant([0.0, 0.0, -1.0])
    outcome = run(learner.train)(params, batch_of([[1, 0], [0, 1]], [0, 1]))
    np.testing.assert_array_equal(outcome.logits, [[1, 0, 1], [0, 1, -1]])
    # log(2e + 1) - 1 and log(e + 1 + 1/e) - 1; half of 6, a hundredth of it.
    expected = (0.861995 + 0.407606) / 2 + 0.03
    assert outcome.loss.numpy() == pytest.approx(expected, abs=1e-6)
    assert outcome.accuracy.numpy() == 1


def test_decay_counts_backbone_and_plain_head(batch_of):
    rng = np.random.default_rng(0)
    batch = batch_of(rng.uniform(-1, 1, (4, 16, 16, 3)), [0, 1, 2, 3])
    for weight_norm in (False, True):
        settings = {"use_weight_norm": weight_norm}
        plain = BaselineLearner(FourLayerConvnet(), weight_decay=0.0, **settings)
        decayed = BaselineLearner(FourLayerConvnet(), weight_decay=1.0, **settings)
        params = plain.init(5, 0, image_height=16)
        difference = decayed.train(params, batch).loss - plain.train(params, batch).loss
        counted = params if not weight_norm else FourLayerConvnet().init(0)
        assert difference.numpy() == pytest.approx(
            regularizer(counted).numpy(), rel=1e-4
        )


def test_initialisation_from_the_first_batch(batch_of):
    rng = np.random.default_rng(0)
    batch = batch_of(rng.uniform(-1, 1, (6, 16, 16, 3)), np.arange(6))
    learner = BaselineLearner(FourLayerConvnet(), use_weight_norm=True)
    params = learner.init(9, 0, image_height=16)
    ready = tf.function(learner.data_dependent_init)(params, batch)
    logits = learner.train(ready, batch).logits.numpy()
    np.testing.assert_allclose(logits.mean(0), np.zeros(9), atol=1e-3)
    np.testing.assert_allclose(logits.std(0), np.ones(9), rtol=1e-3)
    assert tf.nest.map_structure(lambda leaf: leaf.dtype, ready) == (
        tf.nest.map_structure(lambda leaf: leaf.dtype, params)
    )
    plain = BaselineLearner(FourLayerConvnet())
    unchanged = plain.init(9, 0, image_height=16)
    assert plain.data_dependent_init(unchanged, batch) is unchanged


def test_permuting_classes_permutes_predictions(random_episode):
    learner = BaselineLearner(FourLayerConvnet())
    params = learner.init(None, 0)
    episode = random_episode()
    order = np.array([2, 0, 1], np.int32)
    renamed = episode._replace(
        support_labels=tf.gather(order, episode.support_labels),
        query_labels=tf.gather(order, episode.query_labels),
    )
    before = learner.evaluate(params, episode)
    after = learner.evaluate(params, renamed)
    np.testing.assert_array_equal(after.logits.numpy()[:, order], before.logits)
    assert after.accuracy.numpy() == before.accuracy.numpy()


def test_one_trace_serves_all_ways_and_shots(random_episode):
    learner = BaselineLearner(FourLayerConvnet(), knn_distance="cosine")
    params = learner.init(None, 0)
    traces = []

    def evaluate(episode):
        traces.append(1)
        return learner.evaluate(params, episode)

    evaluate = tf.function(
        evaluate,
        input_signature=[
            tf.nest.map_structure(
                lambda t: tf.TensorSpec([None, *t.shape[1:]], t.dtype),
                random_episode(),
            )
        ],
    )
    for shots, queries in (((1, 1), 1), ((1, 3, 2), 2), ((2,) * 5, 1)):
        outcome = evaluate(random_episode(shots, queries))
        assert outcome.logits.shape == (queries * len(shots), len(shots))
    assert len(traces) == 1
