import math

import numpy as np
import pytest
import tensorflow as tf

from meta_dataset.backbones import resnet
from meta_dataset.backbones.convnet import FourLayerConvnet
from meta_dataset.backbones.layers import FORGET
from meta_dataset.backbones.parameters import flatten, unflatten
from meta_dataset.backbones.resnet import ResNet
from meta_dataset.errors import UsageError

CONVNET, RESNET = FourLayerConvnet(), ResNet()


@pytest.fixture(scope="module", params=[CONVNET, RESNET], ids=lambda b: b.name)
def backbone(request):
    return request.param


@pytest.fixture(scope="module")
def params(backbone):
    return backbone.init(0)


def images(height, number=2, seed=0):
    rng = np.random.default_rng(seed)
    return tf.constant(rng.uniform(-1, 1, (number, height, height, 3)), tf.float32)


def count(params, last):
    return sum(
        math.prod(leaf.shape)
        for name, leaf in flatten(params).items()
        if name.endswith(last)
    )


@pytest.mark.parametrize(
    ("network", "weights", "normalisers", "convolutions"),
    [(CONVNET, 112_320, 512, 4), (RESNET, 11_171_008, 9_728, 21)],
)
def test_number_of_parameters(network, weights, normalisers, convolutions):
    params = network.init(0)
    assert count(params, "/weight") == weights
    assert count(params, "/scale") + count(params, "/offset") == normalisers
    assert sum(name.endswith("/weight") for name in flatten(params)) == convolutions
    assert len(flatten(params)) == 3 * convolutions


@pytest.mark.parametrize(
    ("height", "features"),
    [(84, 1600), (126, 3136), (16, 64), (28, 64), (32, 256), (42, 256)],
)
def test_size_of_convnet_embeddings(height, features):
    assert CONVNET.num_features(height) == features
    embeddings, _ = CONVNET.embed(CONVNET.init(0), images(height))
    assert embeddings.shape == (2, features)


@pytest.mark.parametrize("height", [84, 126, 28, 32, 42])
def test_size_of_resnet_embeddings(height):
    assert RESNET.num_features(height) == 512
    embeddings, _ = RESNET.embed(RESNET.init(0), images(height))
    assert embeddings.shape == (2, 512)


def test_maps_before_flattening():
    params = CONVNET.init(0)
    maps, _ = CONVNET.embed_maps(params, images(84))
    embeddings, _ = CONVNET.embed(params, images(84))
    assert maps.shape == (2, 5, 5, 64)
    np.testing.assert_array_equal(tf.reshape(maps, [2, -1]), embeddings)
    maps, _ = RESNET.embed_maps(RESNET.init(0), images(32))
    assert maps.shape == (2, 1, 1, 512)


def test_images_too_small_for_the_convnet():
    for act in (CONVNET.num_features, lambda h: CONVNET.embed({}, images(h))):
        with pytest.raises(UsageError, match="at least 16 pixels, not 15") as caught:
            act(15)
        assert isinstance(caught.value, ValueError)


def test_sizes_of_the_maps_inside_resnet():
    params = RESNET.init(0)

    def sides(height):
        traced = tf.function(
            lambda x: RESNET.embed_maps(params, x)[0]
        ).get_concrete_function(tf.TensorSpec([None, height, height, 3]))
        sides = [
            op.outputs[0].shape[1]
            for op in traced.graph.get_operations()
            if op.type in ("ResizeBilinear", "Conv2D", "MaxPool")
        ]
        return list(dict.fromkeys(sides))

    assert sides(84) == [97, 49, 25, 13, 7, 4]
    assert sides(126) == [129, 65, 33, 17, 9, 5]
    assert sides(32) == [33, 17, 9, 5, 3, 2]


def test_resnet_enlarges_with_aligned_corners():
    # A ramp stays a ramp from the first to the last pixel.
    ramp = np.linspace(-1, 1, 28, dtype=np.float32)
    image = tf.constant(np.broadcast_to(ramp[None, :, None, None], (1, 28, 28, 3)))
    enlarged = resnet._enlarge(image)
    assert enlarged.shape == (1, 33, 33, 3)
    np.testing.assert_allclose(enlarged[0, :, 5, 1], np.linspace(-1, 1, 33), atol=1e-6)


def test_height_may_be_unknown_while_tracing(backbone, params):
    embed = tf.function(
        lambda x: backbone.embed(params, x)[0],
        input_signature=[tf.TensorSpec([None, None, None, 3])],
    )
    expected, _ = backbone.embed(params, images(28))
    np.testing.assert_allclose(embed(images(28)), expected, rtol=1e-3, atol=1e-4)
    assert embed(images(42)).shape == (2, backbone.num_features(42))


def test_same_moments_same_embeddings(backbone, params):
    batch = images(28, number=4)
    own, moments = backbone.embed(params, batch)
    given, same = backbone.embed(params, batch, moments)
    forgotten, none = backbone.embed(params, batch, FORGET)
    np.testing.assert_allclose(given, own, rtol=1e-2, atol=1e-3)
    np.testing.assert_allclose(forgotten, own, rtol=1e-2, atol=1e-3)
    for mine, theirs in zip(
        tf.nest.flatten(moments), tf.nest.flatten(same), strict=True
    ):
        assert mine is theirs
    assert set(tf.nest.flatten(none)) == {None}


def test_with_given_moments_images_do_not_see_each_other(backbone, params):
    _, moments = backbone.embed(params, images(28, number=4))
    query = images(28, number=3, seed=1)
    together, _ = backbone.embed(params, query, moments)
    alone, _ = backbone.embed(params, query[:1], moments)
    np.testing.assert_allclose(together[:1], alone, rtol=1e-3, atol=1e-3)


def test_equal_seeds_equal_parameters(backbone, params):
    again, other = flatten(backbone.init(0)), flatten(backbone.init(1))
    for name, leaf in flatten(params).items():
        np.testing.assert_array_equal(leaf, again[name])
        if name.endswith("weight"):
            assert (leaf != other[name]).numpy().any()


def test_embedding_is_a_function_of_the_dictionary_it_gets(backbone, params):
    changed = {name: 2 * leaf for name, leaf in flatten(params).items()}
    before, _ = backbone.embed(params, images(28))
    after, _ = backbone.embed(
        {"other": {}, **unflatten(dict(reversed(changed.items())))}, images(28)
    )
    # Twice the kernels change nothing under batch norm; twice the scales do.
    assert not np.allclose(before, after)
    unscaled = {
        name: leaf if name.endswith("weight") else leaf / 2
        for name, leaf in changed.items()
    }
    undone, _ = backbone.embed(unflatten(unscaled), images(28))
    np.testing.assert_allclose(undone, before, rtol=1e-2, atol=1e-2)


def test_first_block_of_every_stage_has_a_projection():
    network = RESNET.init(0)["resnet18"]
    for stage in ("conv2_x", "conv3_x", "conv4_x", "conv5_x"):
        assert "identity" in network[stage]["bottleneck_0"]
        assert "identity" not in network[stage]["bottleneck_1"]
