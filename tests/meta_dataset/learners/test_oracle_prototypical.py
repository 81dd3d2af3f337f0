"""Embeddings and prototypical networks against the published code."""

import numpy as np
import pytest
import tensorflow as tf

from meta_dataset.backbones.convnet import FourLayerConvnet
from meta_dataset.backbones.parameters import flatten, trainable, unflatten
from meta_dataset.backbones.resnet import ResNet
from meta_dataset.learners.losses import regularizer
from meta_dataset.learners.prototypical import PrototypicalNetworkLearner

BACKBONES = {"four_layer_convnet": FourLayerConvnet(), "resnet": ResNet()}
EPISODES = ["episode_rgb", "episode"]
LOGITS = {"episode_rgb": 1e-4, "episode": 1e-2}
EMBEDDINGS = {"episode_rgb": 3e-4, "episode": 3e-2}


@pytest.fixture(scope="module", params=BACKBONES)
def backbone(request):
    return BACKBONES[request.param]


@pytest.fixture(scope="module")
def params(backbone, oracle):
    return oracle.values(backbone.init(0))


def test_variable_names_and_shapes_are_the_published_ones(backbone, oracle):
    ours = {name: tuple(v.shape) for name, v in flatten(backbone.init(0)).items()}
    published = oracle.variable_shapes(f"prototypical__{backbone.name}")
    assert ours == published


@pytest.mark.parametrize("name", EPISODES)
def test_embeddings(name, backbone, params, oracle):
    episode = oracle.episode(name)
    support, moments = backbone.embed(params, episode.support_images)
    query, _ = backbone.embed(params, episode.query_images, moments)
    for half, embeddings in (("support", support.numpy()), ("query", query.numpy())):
        key = f"embed__{backbone.name}__84__{name}__{half}"
        statistics = oracle.scalars[key]
        allowed = EMBEDDINGS[name]
        assert list(embeddings.shape) == statistics["shape"]
        first = oracle.arrays[f"{key}__first5x8"]
        assert np.abs(embeddings[:5, :8] - first).max() / statistics["std"] < allowed
        norms = np.linalg.norm(embeddings, axis=1)
        np.testing.assert_allclose(norms, oracle.arrays[f"{key}__row_norms"], allowed)
        np.testing.assert_allclose(embeddings.mean(), statistics["mean"], allowed)


@pytest.mark.parametrize("name", EPISODES)
def test_evaluation(name, backbone, params, oracle):
    learner = PrototypicalNetworkLearner(backbone, weight_decay=1e-4)
    key = f"prototypical__{backbone.name}__84__{name}"
    outcome = learner.evaluate(params, oracle.episode(name))
    expected = oracle.scalars[key]
    logits = oracle.arrays[f"{key}__logits"]
    assert oracle.deviation(outcome.logits.numpy(), logits) < LOGITS[name]
    assert outcome.logits.numpy().argmax(1).tolist() == expected["predictions"]
    assert outcome.accuracy.numpy() == pytest.approx(expected["accuracy"])
    decay = expected["regularizer_at_weight_decay_1e4"]
    assert 1e-4 * regularizer(params).numpy() == pytest.approx(decay, rel=1e-5)
    loss = expected["data_loss"] + decay
    allowed = 1e-4 if name == "episode_rgb" else 2e-3
    assert outcome.loss.numpy() == pytest.approx(loss, rel=allowed)


def gradients(learner, params, data):
    variables = {name: tf.Variable(leaf) for name, leaf in trainable(params).items()}
    with tf.GradientTape() as tape:
        outcome = learner.train(unflatten({**flatten(params), **variables}), data)
    return outcome, {
        name: gradient.numpy()
        for name, gradient in tape.gradient(outcome.loss, variables).items()
    }


@pytest.mark.parametrize("name", EPISODES)
def test_training(name, oracle):
    learner = PrototypicalNetworkLearner(FourLayerConvnet(), weight_decay=0.0)
    params = oracle.values(learner.init(None, 0))
    outcome, grads = gradients(learner, params, oracle.episode(name))
    expected = oracle.scalars[f"train__prototypical__four_layer_convnet__84__{name}"]
    sharp = name == "episode_rgb"
    relative = 1e-4 if sharp else 2e-3
    assert outcome.loss.numpy() == pytest.approx(expected["loss"], rel=relative)
    assert outcome.accuracy.numpy() == pytest.approx(expected["accuracy"])
    norms = {key: np.linalg.norm(value) for key, value in grads.items()}
    total = expected["grad_global_norm_all"]
    relative = 1e-3 if sharp else 3e-2
    assert np.linalg.norm(list(norms.values())) == pytest.approx(total, rel=relative)
    assert norms.keys() == expected["grads"].keys()
    for variable, gradient in grads.items():
        wanted = expected["grads"][variable]
        allowed = total * (2e-3 if sharp else 3e-2)
        assert abs(norms[variable] - wanted["norm"]) < allowed
        if sharp:
            projection = oracle.projection(variable, gradient)
            assert abs(projection - wanted["projection"]) < allowed


@pytest.mark.parametrize("name", EPISODES)
def test_reference_checkpoint(name, oracle):
    learner = PrototypicalNetworkLearner(FourLayerConvnet())
    reader = tf.train.load_checkpoint(oracle.checkpoint)
    params = unflatten(
        {key: reader.get_tensor(key) for key in flatten(learner.init(None, 0))}
    )
    outcome = learner.evaluate(params, oracle.episode(name))
    expected = oracle.scalars[f"ckpt__{name}"]
    logits = oracle.arrays[f"ckpt__{name}__logits"]
    assert oracle.deviation(outcome.logits.numpy(), logits) < LOGITS[name]
    assert outcome.logits.numpy().argmax(1).tolist() == expected["predictions"]
    assert outcome.accuracy.numpy() == pytest.approx(expected["accuracy"])
