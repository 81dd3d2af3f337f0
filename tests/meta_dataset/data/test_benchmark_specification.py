import pytest

from meta_dataset.data.dataset_spec import BenchmarkSpecification
from meta_dataset.data.learning_spec import Split
from meta_dataset.errors import UsageError

NAMES = ["ilsvrc_2012", "omniglot", "dtd", "traffic_sign"]


def benchmark(load_published_spec, **changes):
    fields = {
        "name": "benchmark",
        "image_shape": [84, 84, 3],
        "dataset_spec_list": [load_published_spec(name) for name in NAMES],
        "has_dag_ontology": [True, False, False, False],
        "has_bilevel_ontology": [False, True, False, False],
        "splits_to_contribute": [
            {Split.TRAIN, Split.VALID},
            {"train"},
            {Split.VALID},
            {"test"},
        ],
    }
    return BenchmarkSpecification(**fields | changes)


def test_splits_by_name_or_value(load_published_spec):
    spec = benchmark(load_published_spec)
    assert spec.splits_to_contribute == [
        {Split.TRAIN, Split.VALID},
        {Split.TRAIN},
        {Split.VALID},
        {Split.TEST},
    ]
    assert spec.name == "benchmark" and spec.image_shape == [84, 84, 3]


def test_a_restriction_outlives_the_benchmark(load_published_spec):
    specs = [load_published_spec(name) for name in NAMES]
    specs[2].initialize({Split.TRAIN: 4})
    spec = benchmark(load_published_spec, dataset_spec_list=specs)
    assert len(spec.dataset_spec_list[2].get_classes(Split.TRAIN)) == 4


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"has_dag_ontology": [True]}, "'has_dag_ontology': 1"),
        ({"has_dag_ontology": [False] * 4}, "has_dag_ontology is False for ilsvrc"),
        ({"has_dag_ontology": [True] * 4}, "has_dag_ontology is True for omniglot"),
        ({"has_bilevel_ontology": [False] * 4}, "has_bilevel_ontology is False for om"),
        (
            {"has_bilevel_ontology": [False, True, True, False]},
            "has_bilevel_ontology is True for dtd",
        ),
        (
            {"splits_to_contribute": [{"train", "test"}, {"test"}, {"test"}, {"test"}]},
            "ilsvrc_2012 cannot contribute to {test, train}",
        ),
        (
            {"splits_to_contribute": [set(), {"test"}, {"test"}, {"test"}]},
            "cannot contribute to {}",
        ),
        (
            {"splits_to_contribute": [{"train"}] * 4},
            "traffic_sign cannot contribute .* no class in its train split",
        ),
        ({"splits_to_contribute": [{"val"}] * 4}, "unknown split 'val'"),
    ],
)
def test_what_does_not_fit_is_refused(load_published_spec, changes, complaint):
    with pytest.raises(ValueError, match=complaint) as caught:
        benchmark(load_published_spec, **changes)
    assert isinstance(caught.value, UsageError)


def test_specifications_are_initialised(load_published_spec):
    specs = [load_published_spec(name) for name in NAMES]
    specs[2] = specs[2]._replace(file_pattern="dtd.records")
    with pytest.raises(ValueError, match="file_pattern"):
        benchmark(load_published_spec, dataset_spec_list=specs)
