import numpy as np
import pytest
import tensorflow as tf

from meta_dataset.backbones.convnet import FourLayerConvnet
from meta_dataset.learners.losses import regularizer
from meta_dataset.learners.prototypical import PrototypicalNetworkLearner

BOTH = pytest.mark.parametrize(
    "run", [lambda f: f, tf.function], ids=["eager", "graph"]
)


@pytest.fixture(scope="module")
def learner():
    return PrototypicalNetworkLearner(FourLayerConvnet())


@pytest.fixture(scope="module")
def params(learner):
    return learner.init(None, 0)


@pytest.fixture(scope="module")
def on_paper(episode_of):
    return episode_of(
        [[1, 0], [3, 0], [0, 2]], [0, 0, 1], [[2, 1], [0, 1], [0.1, 0.05]], [0, 1, 1]
    )


@BOTH
def test_example_on_paper(run, identity, on_paper):
    learner = PrototypicalNetworkLearner(identity)
    for act in (learner.train, learner.evaluate):
        outcome = run(act)(learner.init(None, 0), on_paper)
        np.testing.assert_allclose(
            outcome.logits, [[-1, -5], [-5, -1], [-3.6125, -3.8125]], rtol=1e-6
        )
        assert outcome.loss.numpy() == pytest.approx(0.278146, abs=1e-6)
        assert outcome.accuracy.numpy() == pytest.approx(2 / 3)


def test_weight_decay_is_part_of_the_loss(params, random_episode):
    episode = random_episode()
    backbone = FourLayerConvnet()
    without = PrototypicalNetworkLearner(backbone, weight_decay=0.0)
    with_decay = PrototypicalNetworkLearner(backbone, weight_decay=0.5)
    difference = (
        with_decay.train(params, episode).loss - without.train(params, episode).loss
    )
    assert difference.numpy() == pytest.approx(
        0.5 * regularizer(params).numpy(), rel=1e-4
    )


def close(a, b):
    np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-2 * np.std(b))


def test_permuting_classes_permutes_logits(learner, params, random_episode):
    episode = random_episode()
    order = np.array([2, 0, 1], np.int32)  # class k becomes order[k]
    renamed = episode._replace(
        support_labels=tf.gather(order, episode.support_labels),
        query_labels=tf.gather(order, episode.query_labels),
    )
    before = learner.evaluate(params, episode)
    after = learner.evaluate(params, renamed)
    close(after.logits.numpy()[:, order], before.logits.numpy())
    assert after.loss.numpy() == pytest.approx(before.loss.numpy(), rel=1e-4)
    assert after.accuracy.numpy() == before.accuracy.numpy()


def test_permuting_support_examples_changes_nothing(learner, params, random_episode):
    episode = random_episode()
    order = np.random.default_rng(0).permutation(6)
    shuffled = episode._replace(
        support_images=tf.gather(episode.support_images, order),
        support_labels=tf.gather(episode.support_labels, order),
    )
    before = learner.evaluate(params, episode).logits.numpy()
    close(learner.evaluate(params, shuffled).logits.numpy(), before)


def test_doubling_the_support_set_changes_nothing(learner, params, random_episode):
    episode = random_episode()
    doubled = episode._replace(
        support_images=tf.tile(episode.support_images, [2, 1, 1, 1]),
        support_labels=tf.tile(episode.support_labels, [2]),
    )
    before = learner.evaluate(params, episode).logits.numpy()
    close(learner.evaluate(params, doubled).logits.numpy(), before)


def test_query_images_see_each_other_only_when_transductive(params, random_episode):
    episode = random_episode()
    alone = episode._replace(
        query_images=episode.query_images[:1], query_labels=episode.query_labels[:1]
    )
    for transductive in (False, True):
        learner = PrototypicalNetworkLearner(
            FourLayerConvnet(), transductive_batch_norm=transductive
        )
        together = learner.evaluate(params, episode).logits.numpy()[:1]
        single = learner.evaluate(params, alone).logits.numpy()
        assert np.allclose(together, single, rtol=1e-3) is not transductive


def test_gradient_through_moments_can_be_stopped(params, random_episode):
    episode = random_episode()
    kernel = params["four_layer_convnet"]["layer_0"]["weight"]
    gradients, losses = [], []
    for through in (True, False):
        learner = PrototypicalNetworkLearner(
            FourLayerConvnet(), backprop_through_moments=through
        )
        with tf.GradientTape() as tape:
            tape.watch(kernel)
            loss = learner.train(params, episode).loss
        gradients.append(tape.gradient(loss, kernel).numpy())
        losses.append(loss.numpy())
    assert losses[0] == losses[1]
    assert not np.allclose(*gradients, rtol=1e-2)


def test_one_trace_serves_all_ways_and_shots(learner, params, random_episode):
    traces = []

    def update(episode):
        traces.append(1)
        return learner.train(params, episode)

    def specification(tensor):
        return tf.TensorSpec([None, *tensor.shape[1:]], tensor.dtype)

    signature = [tf.nest.map_structure(specification, random_episode())]
    update = tf.function(update, input_signature=signature)
    for shots, queries in (((1, 1), 1), ((1, 3, 2), 2), ((5,) * 7, 3), ((2,) * 5, 1)):
        episode = random_episode(shots, queries)
        outcome = update(episode)
        assert outcome.logits.shape == (queries * len(shots), len(shots))
        eager = learner.train(params, episode)
        assert outcome.loss.numpy() == pytest.approx(eager.loss.numpy(), rel=1e-3)
    assert len(traces) == 1
