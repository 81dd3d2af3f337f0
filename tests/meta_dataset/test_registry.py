import subprocess
import sys

import pytest

from meta_dataset import registry
from meta_dataset.errors import UsageError


def test_importing_and_asking_loads_no_tensorflow():
    code = (
        "import sys\n"
        "from meta_dataset import registry\n"
        "assert registry.learner_entry('Baseline').gin_name == 'BaselineLearner'\n"
        "assert not {'tensorflow', 'gin', 'numpy'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@pytest.mark.parametrize(
    ("name", "published", "episodic"),
    [
        ("PrototypicalNet", "PrototypicalNet", True),
        ("PrototypicalNetworkLearner", "PrototypicalNet", True),
        ("@PrototypicalNetworkLearner", "PrototypicalNet", True),
        ("Baseline", "Baseline", False),
        ("@BaselineLearner()", "Baseline", False),
    ],
)
def test_every_published_form_of_a_name_is_found(name, published, episodic):
    entry = registry.learner_entry(name)
    assert entry is registry.AVAILABLE_LEARNERS[published]
    assert entry.episodic is episodic


@pytest.mark.parametrize("name", ["MAML", "MAMLLearner", "@RelationNetworkLearner"])
def test_planned_learner_is_refused_with_its_name_and_the_available_ones(name):
    with pytest.raises(UsageError) as caught:
        registry.learner(name)
    message = str(caught.value)
    assert name.removeprefix("@") in message
    assert "not available yet" in message
    assert "Baseline, PrototypicalNet" in message
    assert caught.value.exit_code == 2


def test_planned_backbone_is_refused():
    with pytest.raises(UsageError, match="'wide_resnet' is published but not avail"):
        registry.backbone("wide_resnet")


@pytest.mark.parametrize("ask", [registry.learner, registry.backbone])
def test_unknown_name_is_refused(ask):
    with pytest.raises(UsageError, match="'Prototypical' is unknown. Available: "):
        ask("Prototypical")


@pytest.mark.parametrize("value", [None, 3, ["resnet"]])
def test_something_else_is_refused(value):
    with pytest.raises(UsageError, match="by name or reference"):
        registry.backbone(value)


def test_a_class_is_taken_as_it_is():
    class Mine:
        pass

    assert registry.learner(Mine) is Mine
    assert registry.backbone(Mine) is Mine


def test_available_and_planned_do_not_overlap():
    learners = registry.AVAILABLE_LEARNERS
    gin_names = {entry.gin_name for entry in learners.values()}
    assert not learners.keys() & registry.PLANNED_LEARNERS.keys()
    assert not gin_names & set(registry.PLANNED_LEARNERS.values())
    assert not registry.AVAILABLE_BACKBONES.keys() & set(registry.PLANNED_BACKBONES)


def test_what_is_here_is_known_without_importing_it():
    assert registry.has_learner("PrototypicalNet")
    assert registry.has_learner("@PrototypicalNetworkLearner")
    assert not registry.has_learner("MAML")
    assert registry.has_backbone("resnet")
    assert not registry.has_backbone("wide_resnet")
