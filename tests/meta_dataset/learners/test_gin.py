"""Classes behind the registry's names, and their settings in gin files."""

import gin
import pytest

from meta_dataset import registry
from meta_dataset.setting_kinds import SettingError


@pytest.fixture(autouse=True)
def clear_gin():
    gin.clear_config()
    yield
    gin.clear_config()


@pytest.mark.parametrize("name", registry.AVAILABLE_LEARNERS)
def test_learner_is_configurable_under_its_published_name(name):
    entry = registry.AVAILABLE_LEARNERS[name]
    learner_class = registry.learner(name)
    backbone = registry.backbone("resnet")()
    gin.parse_config(
        f"{entry.gin_name}.transductive_batch_norm = True\n"
        f"{entry.gin_name}.backprop_through_moments = False\n"
        f"{entry.gin_name}.weight_decay = 0.25\n"
    )
    learner = learner_class(backbone)
    assert learner_class.__name__ == entry.gin_name
    assert learner_class.episodic is entry.episodic
    assert learner.backbone is backbone
    assert learner.transductive_batch_norm
    assert not learner.backprop_through_moments
    assert learner.weight_decay == 0.25
    assert f"{entry.gin_name}.weight_decay = 0.25" in gin.operative_config_str()


def test_defaults_are_the_published_ones():
    backbone = registry.backbone("four_layer_convnet")()
    baseline = registry.learner("Baseline")(backbone)
    prototypical = registry.learner("PrototypicalNet")(backbone)
    for learner in (baseline, prototypical):
        assert learner.weight_decay == 1e-4
        assert not learner.transductive_batch_norm
        assert learner.backprop_through_moments
    assert (baseline.knn_distance, baseline.knn_in_fc) == ("l2", False)
    assert not baseline.cosine_classifier and not baseline.use_weight_norm
    assert baseline.cosine_logits_multiplier is None


def test_references_resolve_to_the_classes():
    registry.register_with_gin()

    @gin.configurable(module="test")
    def trainer_like(learner_class, backbone):
        return learner_class, backbone

    gin.parse_config(
        "trainer_like.learner_class = @PrototypicalNetworkLearner\n"
        "trainer_like.backbone = @resnet\n"
    )
    learner_class, backbone = trainer_like()
    learner = registry.learner(learner_class)(registry.backbone(backbone)())
    assert isinstance(learner, registry.learner("PrototypicalNet"))
    assert isinstance(learner.backbone, registry.backbone("resnet"))


@pytest.mark.parametrize("name", registry.AVAILABLE_LEARNERS)
@pytest.mark.parametrize(
    ("parameter", "value", "words"),
    [
        ("weight_decay", "foo", "a number"),
        ("weight_decay", True, "a number"),
        ("weight_decay", None, "a number"),
        ("weight_decay", -0.1, "at least 0"),
        ("transductive_batch_norm", 1, "True or False"),
    ],
)
def test_a_value_of_the_wrong_kind_is_named(name, parameter, value, words):
    entry = registry.AVAILABLE_LEARNERS[name]
    gin.parse_config(f"{entry.gin_name}.{parameter} = {value!r}")
    backbone = registry.backbone("four_layer_convnet")()
    message = rf"{entry.gin_name}\.{parameter} = {value!r}: it must be {words}"
    with pytest.raises(SettingError, match=message):
        registry.learner(name)(backbone)


def test_a_whole_number_is_a_number_and_no_multiplier_is_none():
    backbone = registry.backbone("four_layer_convnet")()
    assert registry.learner("PrototypicalNet")(backbone, weight_decay=0)
    baseline = registry.learner("Baseline")
    assert baseline(backbone, cosine_classifier=True, cosine_logits_multiplier=10)
