"""The k-NN baseline and its heads against the published code."""

import numpy as np
import pytest
import tensorflow as tf

from meta_dataset.backbones.convnet import FourLayerConvnet
from meta_dataset.backbones.parameters import flatten, trainable, unflatten
from meta_dataset.learners.baseline import BaselineLearner

EPISODES = ["episode_rgb", "episode"]
HEADS = {
    "plain": {},
    "cosine10": {"cosine_classifier": True, "cosine_logits_multiplier": 10},
    "weightnorm_datainit": {"use_weight_norm": True},
}


@pytest.mark.parametrize(
    ("suffix", "settings"),
    [
        ("", {}),
        ("__cosine", {"cosine_classifier": True, "cosine_logits_multiplier": 1}),
        ("__weightnorm", {"use_weight_norm": True}),
        (
            "__weightnorm_cosine",
            {
                "use_weight_norm": True,
                "cosine_classifier": True,
                "cosine_logits_multiplier": 1,
            },
        ),
    ],
)
def test_variable_names_and_shapes_are_the_published_ones(suffix, settings, oracle):
    learner = BaselineLearner(FourLayerConvnet(), **settings)
    ours = flatten(learner.init(64, 0))
    published = oracle.variable_shapes(f"baseline__four_layer_convnet{suffix}")
    assert {name: tuple(leaf.shape) for name, leaf in ours.items()} == published
    restored = oracle.variable_shapes(
        f"baseline__four_layer_convnet{suffix}", "restored_in_test"
    )
    assert flatten(learner.init(None, 0)).keys() == restored.keys()


@pytest.mark.parametrize("name", EPISODES)
@pytest.mark.parametrize("distance", ["l2", "cosine"])
def test_evaluation(distance, name, oracle):
    learner = BaselineLearner(FourLayerConvnet(), knn_distance=distance)
    params = oracle.values(learner.init(None, 0))
    outcome = learner.evaluate(params, oracle.episode(name))
    key = f"baseline__four_layer_convnet__84_{distance}__{name}"
    np.testing.assert_array_equal(outcome.logits, oracle.arrays[f"{key}__logits"])
    assert outcome.accuracy.numpy() == pytest.approx(oracle.scalars[key]["accuracy"])
    assert outcome.loss.numpy() == 0


@pytest.mark.parametrize("name", EPISODES)
@pytest.mark.parametrize("head", HEADS)
def test_training(head, name, oracle):
    learner = BaselineLearner(FourLayerConvnet(), weight_decay=0.0, **HEADS[head])
    batch = oracle.batch(name)
    params = learner.data_dependent_init(oracle.values(learner.init(64, 0)), batch)
    variables = {key: tf.Variable(leaf) for key, leaf in trainable(params).items()}
    with tf.GradientTape() as tape:
        outcome = learner.train(unflatten({**flatten(params), **variables}), batch)
    gradients = tape.gradient(outcome.loss, variables)

    key = f"train__baseline__four_layer_convnet__84_fc64_{head}__{name}"
    expected = oracle.scalars[key]
    sharp = name == "episode_rgb"
    logits = oracle.arrays[f"{key}__logits"]
    deviation = oracle.deviation(outcome.logits.numpy(), logits)
    # Weight norm divides by the deviations of the batch, which magnifies.
    assert deviation < (1e-4 if sharp else 2e-2)
    loss = pytest.approx(expected["loss"], rel=1e-4 if sharp else 2e-3)
    assert outcome.loss.numpy() == loss
    assert outcome.accuracy.numpy() == pytest.approx(expected["accuracy"])
    for stored in ("fc/g", "fc/b_fc"):
        if stored in variables:
            values = oracle.arrays[f"{key}__{stored.replace('/', '.')}"]
            allowed = 1e-4 if sharp else 1e-2
            assert oracle.deviation(variables[stored].numpy(), values) < allowed
    total = expected["grad_global_norm_all"]
    assert gradients.keys() == expected["grads"].keys()
    norms = {key: np.linalg.norm(value) for key, value in gradients.items()}
    relative = 1e-3 if sharp else 3e-2
    assert np.linalg.norm(list(norms.values())) == pytest.approx(total, rel=relative)
    for variable, gradient in gradients.items():
        wanted = expected["grads"][variable]
        allowed = total * (2e-3 if sharp else 3e-2)
        assert abs(norms[variable] - wanted["norm"]) < allowed
        if sharp:
            projection = oracle.projection(variable, gradient.numpy())
            assert abs(projection - wanted["projection"]) < allowed
