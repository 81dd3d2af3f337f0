"""What holds for every episode, what is eligible, and what is refused."""

import dataclasses
import inspect
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meta_dataset.data import sampling
from meta_dataset.data.class_hierarchies import (
    classes_of_superclasses,
    spans_of_eligible_nodes,
)
from meta_dataset.data.config import EpisodeDescriptionConfig
from meta_dataset.data.dataset_spec import (
    BiLevelDatasetSpecification,
    DatasetSpecification,
    as_dataset_spec,
)
from meta_dataset.data.learning_spec import Split
from meta_dataset.errors import UsageError

VARIABLE = EpisodeDescriptionConfig()
FIXED = EpisodeDescriptionConfig(num_ways=5, num_support=5, num_query=15)


def flat_spec(images):
    """Returns a dataset with one train class for each number of images."""
    return DatasetSpecification(
        name="flat",
        classes_per_split={Split.TRAIN: len(images), Split.VALID: 0, Split.TEST: 0},
        images_per_class=dict(enumerate(images)),
        class_names={c: str(c) for c in range(len(images))},
        path="",
        file_pattern="{}.tfrecords",
    )


def bilevel_spec(*classes_per_superclass, images=20):
    num_classes = sum(classes_per_superclass)
    num_superclasses = len(classes_per_superclass)
    return BiLevelDatasetSpecification(
        name="bilevel",
        superclasses_per_split={
            Split.TRAIN: num_superclasses,
            Split.VALID: 0,
            Split.TEST: 0,
        },
        classes_per_superclass=dict(enumerate(classes_per_superclass)),
        images_per_class=dict.fromkeys(range(num_classes), images),
        superclass_names={s: str(s) for s in range(num_superclasses)},
        class_names={c: str(c) for c in range(num_classes)},
        path="",
        file_pattern="{}.tfrecords",
    )


def sampler(spec, config=VARIABLE, split=Split.TRAIN, **options):
    return sampling.EpisodeDescriptionSampler(spec, split, config, **options)


# Classes under each eligible node of the published graphs.
VALID_NODES = {
    "n02075296": 158,
    "n02083346": 130,
    "n02084071": 118,
    "n02085374": 8,
    "n02087122": 63,
    "n02087551": 19,
    "n02092468": 26,
    "n02098550": 17,
    "n02099029": 5,
    "n02101108": 7,
    "n02103406": 30,
    "n02103841": 5,
    "n02104523": 12,
    "n02120997": 13,
    "n02121620": 7,
    "n02121808": 5,
    "n02127808": 6,
    "n02441326": 7,
}
TEST_NODES = {
    "n03082979": 6,
    "n03183080": 130,
    "n03323703": 8,
    "n03574816": 28,
    "n03699975": 16,
    "n03733925": 12,
    "n03736970": 9,
    "n03738472": 13,
    "n03800933": 26,
    "n03915437": 8,
    "n04081844": 11,
    "n04338517": 8,
    "n04437953": 8,
    "n04565375": 7,
    "n04586932": 12,
}
TRAIN_WAYS = (
    "5:15 6:10 7:9 8:7 9:7 10:9 11:3 12:2 13:3 14:1 15:2 16:3 17:3 20:2 22:2 23:2 24:1 "
    "25:1 26:2 27:4 31:2 35:1 36:2 44:1 47:1 48:1 50:17"
)


@pytest.mark.parametrize(
    ("split", "nodes"), [(Split.VALID, VALID_NODES), (Split.TEST, TEST_NODES)]
)
def test_eligible_nodes(load_published_spec, split, nodes):
    spec = load_published_spec("ilsvrc_2012")
    spans = spans_of_eligible_nodes(spec, split, range(712), 5)
    assert {node: len(span) for node, span in spans.items()} == nodes
    assert list(spans) == sorted(nodes)


def test_eligible_train_nodes(load_published_spec):
    spec = load_published_spec("ilsvrc_2012")
    spans = spans_of_eligible_nodes(spec, Split.TRAIN, range(712), 5)
    ways = [min(50, len(span)) for span in spans.values()]
    expected = dict(map(int, pair.split(":")) for pair in TRAIN_WAYS.split())
    assert len(ways) == 113 and Counter(ways) == expected
    assert sum(len(span) > 50 for span in spans.values()) == 16
    assert np.mean(ways) == pytest.approx(18.96, abs=0.005)


@pytest.mark.parametrize("split", Split)
def test_every_class_of_the_graph_is_within_reach(load_published_spec, split):
    spec = load_published_spec("ilsvrc_2012")
    num_classes = len(spec.get_classes(split))
    spans = spans_of_eligible_nodes(spec, split, range(num_classes), 5)
    assert set().union(*map(set, spans.values())) == set(range(num_classes))


def test_a_smaller_bound_would_leave_a_class_out_of_reach(
    load_published_spec, monkeypatch
):
    monkeypatch.setattr(
        "meta_dataset.data.class_hierarchies.MAX_SPANNING_LEAVES_ELIGIBLE", 391
    )
    spec = load_published_spec("ilsvrc_2012")
    spans = spans_of_eligible_nodes(spec, Split.TRAIN, range(712), 5)
    assert len(set().union(*map(set, spans.values()))) < 712


def test_classes_that_are_left_out_leave_their_nodes(load_published_spec):
    spec = load_published_spec("ilsvrc_2012")
    counts = [spec.get_total_images_per_class(c) for c in spec.get_classes(Split.TEST)]
    config = EpisodeDescriptionConfig(min_examples_in_class=1300)
    large = {i for i, count in enumerate(counts) if count >= 1300}
    assert 0 < len(large) < 130
    drawing = sampler(spec, config, Split.TEST, use_dag_hierarchy=True)
    for _ in range(50):
        class_ids = {c for c, _, _ in drawing.sample_episode_description()}
        assert 5 <= len(class_ids) and class_ids <= large


def test_alphabets_of_omniglot(load_published_spec):
    spec = load_published_spec("omniglot")
    valid = classes_of_superclasses(spec, Split.VALID, 5)
    assert [len(classes) for classes in valid.values()] == [14, 14, 16, 17, 20]
    assert [valid[28].start, valid[28].stop] == [927 - 883, 927 - 883 + 17]
    relative = [c for classes in valid.values() for c in classes]
    assert relative == list(range(81))


configs = st.builds(
    EpisodeDescriptionConfig,
    min_ways=st.integers(1, 5),
    max_ways_upper_bound=st.integers(5, 12),
    max_num_query=st.integers(1, 12),
    max_support_set_size=st.integers(12, 60),
    max_support_size_contrib_per_class=st.integers(1, 40),
    num_ways=st.none() | st.integers(1, 5),
    num_query=st.none() | st.integers(0, 3),
    num_support=st.none() | st.integers(1, 3) | st.just((1, 3)),
)
seeds = st.integers(0, 2**32 - 1)


def check_description(description, class_sizes, config):
    class_ids, support, query = map(np.array, zip(*description, strict=True))
    assert len(set(class_ids.tolist())) == len(class_ids)
    if config.num_ways is None:
        assert config.min_ways <= len(class_ids) <= config.max_ways_upper_bound
    else:
        assert len(class_ids) == config.num_ways
    assert len(set(query.tolist())) == 1
    assert query[0] <= config.max_query
    assert query[0] >= (1 if config.num_query is None else config.num_query)
    assert np.all(support >= 1)
    assert np.all(support + query <= np.array(class_sizes)[class_ids])
    if config.num_support is None:
        assert support.sum() <= config.max_support_set_size
    else:
        low, high = config.num_support_range
        assert len(set(support.tolist())) == 1 and low <= support[0] <= high


@given(config=configs, sizes=st.lists(st.integers(6, 400), min_size=5), seed=seeds)
def test_uniform_episodes(config, sizes, seed):
    rng = np.random.RandomState(seed)
    drawing = sampler(flat_spec(sizes), config)
    check_description(drawing.sample_episode_description(rng), sizes, config)
    assert drawing.compute_chunk_sizes()[0] == sum(drawing.compute_chunk_sizes()[1:])


@given(
    config=configs,
    alphabets=st.lists(st.integers(5, 30), min_size=1, max_size=6),
    seed=seeds,
)
def test_bilevel_episodes_keep_to_one_superclass(config, alphabets, seed):
    config = dataclasses.replace(config, num_ways=None)
    spec = bilevel_spec(*alphabets)
    drawing = sampler(spec, config, use_bilevel_hierarchy=True)
    description = drawing.sample_episode_description(np.random.RandomState(seed))
    check_description(description, [20] * sum(alphabets), config)
    ends = np.cumsum(alphabets)
    assert len({np.searchsorted(ends, c, side="right") for c, _, _ in description}) == 1


@given(config=configs, seed=seeds)
def test_dag_episodes_keep_to_one_node(dag_spec, config, seed):
    config = dataclasses.replace(config, num_ways=None)
    drawing = sampler(dag_spec, config, use_dag_hierarchy=True)
    description = drawing.sample_episode_description(np.random.RandomState(seed))
    check_description(description, [20] * 24, config)


@pytest.fixture(scope="module")
def dag_spec():
    """A root over three nodes of 6, 8 and 10 leaves."""
    middles = {"m0": range(6), "m1": range(6, 14), "m2": range(14, 24)}
    leaves = {f"x{i:02}": m for m, ids in middles.items() for i in ids}
    nodes = [("root", sorted(middles), [])]
    nodes += [(m, [f"x{i:02}" for i in ids], ["root"]) for m, ids in middles.items()]
    nodes += [(leaf, [], [middle]) for leaf, middle in leaves.items()]
    images = {leaf: 20 for leaf in leaves}
    images |= {m: 20 * len(ids) for m, ids in middles.items()} | {"root": 480}
    return as_dataset_spec(
        {
            "name": "graph",
            "split_subgraphs": {
                "TRAIN": [
                    {
                        "wn_id": wn_id,
                        "words": wn_id,
                        "children_ids": children,
                        "parents_ids": parents,
                    }
                    for wn_id, children, parents in nodes
                ],
                "VALID": [],
                "TEST": [],
            },
            "images_per_class": {"TRAIN": images, "VALID": {}, "TEST": {}},
            "class_names": {str(i): leaf for i, leaf in enumerate(sorted(leaves))},
            "path": "",
            "file_pattern": "{}.tfrecords",
            "__class__": "HierarchicalDatasetSpecification",
        }
    )


def test_the_same_generator_gives_the_same_episodes():
    drawing = sampler(flat_spec([20] * 9))
    episodes = [
        [drawing.sample_episode_description(rng) for _ in range(3)]
        for rng in (np.random.RandomState(7), np.random.RandomState(7))
    ]
    assert episodes[0] == episodes[1]


def test_replacing_the_generator_of_the_module_makes_new_samplers_repeat(monkeypatch):
    def draw():
        monkeypatch.setattr(sampling, "RNG", np.random.RandomState(3))
        first, second = (sampler(flat_spec([20] * 30)) for _ in range(2))
        return [s.sample_episode_description() for s in (first, second, first)]

    episodes = draw()
    assert draw() == episodes
    assert episodes[0] != episodes[1]


def test_published_functions_fall_back_to_the_generator_of_the_module(monkeypatch):
    def draw(*rng):
        return (
            sampling.sample_num_ways_uniformly(40, 5, 50, *rng),
            sampling.sample_class_ids_uniformly(4, 30, *rng).tolist(),
            sampling.sample_class_ids_uniformly(2, [7, 8, 9], *rng).tolist(),
            sampling.sample_support_set_size([40, 50], 100, 500, *rng),
            sampling.sample_num_support_per_class(
                [50, 60], [40, 50], 30, -0.5, 0.5, *rng
            ).tolist(),
        )

    monkeypatch.setattr(sampling, "RNG", np.random.RandomState(5))
    assert draw() == draw(np.random.RandomState(5))
    signature = inspect.signature(sampling.sample_num_ways_uniformly)
    assert str(signature.parameters["rng"]).endswith("= None")


def test_ways_are_drawn_up_to_both_ends():
    rng = np.random.RandomState(0)
    draws = {sampling.sample_num_ways_uniformly(8, 5, 50, rng) for _ in range(200)}
    assert draws == {5, 6, 7, 8}


def test_descriptions_are_plain_integers():
    description = sampler(flat_spec([20] * 6)).sample_episode_description()
    assert {type(number) for triple in description for number in triple} == {int}


@pytest.mark.parametrize(
    ("config", "sizes"),
    [
        (VARIABLE, (1000, 500, 500)),
        (FIXED, (100, 25, 75)),
        (EpisodeDescriptionConfig(num_query=0), (500, 500, 0)),
        (EpisodeDescriptionConfig(num_support=(1, 4)), (700, 200, 500)),
    ],
)
def test_chunk_sizes(config, sizes):
    assert sampler(flat_spec([20] * 6), config).compute_chunk_sizes() == sizes


def test_all_classes_in_order():
    drawing = sampler(flat_spec([20] * 7), use_all_classes=True)
    assert [c for c, _, _ in drawing.sample_episode_description()] == list(range(7))
    assert drawing.compute_chunk_sizes() == (570, 500, 70)


def test_all_classes_when_some_are_left_out():
    config = EpisodeDescriptionConfig(min_examples_in_class=10)
    with pytest.raises(ValueError, match="min_examples_in_class leaves some out"):
        sampler(flat_spec([20] * 7 + [5]), config, use_all_classes=True)


def test_small_classes_are_never_drawn_and_logged(caplog):
    caplog.set_level("INFO")
    config = EpisodeDescriptionConfig(min_examples_in_class=10)
    drawing = sampler(flat_spec([3] + [20] * 6 + [9]), config)
    drawn = {c for _ in range(50) for c, _, _ in drawing.sample_episode_description()}
    assert drawn == set(range(1, 7))
    assert [record.args[1] for record in caplog.records] == [0, 7]


def test_restricted_classes_are_never_drawn():
    spec = flat_spec([20] * 9).initialize({Split.TRAIN: 6})
    drawing = sampler(spec)
    drawn = {c for _ in range(50) for c, _, _ in drawing.sample_episode_description()}
    assert drawn == set(range(6))


def test_query_beside_a_fixed_support():
    config = EpisodeDescriptionConfig(num_support=18)
    description = sampler(flat_spec([20] * 5), config).sample_episode_description()
    assert {(k, q) for _, k, q in description} == {(18, 2)}


def test_ignored_ontologies(load_published_spec, dag_spec):
    flat = EpisodeDescriptionConfig(
        num_ways=24, ignore_dag_ontology=True, ignore_bilevel_ontology=True
    )
    assert len(
        sampler(dag_spec, flat, use_dag_hierarchy=True).sample_episode_description()
    )
    drawing = sampler(bilevel_spec(14, 14), flat, use_bilevel_hierarchy=True)
    assert len(drawing.sample_episode_description()) == 24


def test_a_hierarchy_can_be_ignored_now_and_then():
    config = EpisodeDescriptionConfig(min_ways=8, ignore_hierarchy_probability=0.5)
    drawing = sampler(bilevel_spec(8, 8), config, use_bilevel_hierarchy=True)
    rng = np.random.RandomState(0)
    mixed = [
        len({c // 8 for c, _, _ in drawing.sample_episode_description(rng)}) == 2
        for _ in range(200)
    ]
    assert 60 < sum(mixed) < 140  # an eighth of the uniform ones are of one superclass
    never = sampler(
        bilevel_spec(8, 8),
        config,
        use_bilevel_hierarchy=True,
        ignore_hierarchy_probability=0.0,
    )
    for _ in range(20):
        assert len({c // 8 for c, _, _ in never.sample_episode_description(rng)}) == 1


def test_no_random_number_is_spent_when_the_hierarchy_is_always_used():
    drawing = sampler(bilevel_spec(8, 8), use_bilevel_hierarchy=True)
    rng, other = np.random.RandomState(4), np.random.RandomState(4)
    class_ids = [c for c, _, _ in drawing.sample_episode_description(rng)]
    assert class_ids[0] // 8 == other.choice(2, 1)[0]


REFUSED = {
    "few classes": (
        flat_spec([20] * 4),
        VARIABLE,
        {},
        "4 classes, fewer than .*min_ways = 5",
    ),
    "few classes, fixed ways": (
        flat_spec([20] * 4),
        EpisodeDescriptionConfig(num_ways=3),
        {},
        "4 classes, fewer than .*min_ways = 5",
    ),
    "few large classes": (
        flat_spec([20] * 4 + [3] * 4),
        EpisodeDescriptionConfig(min_examples_in_class=4),
        {},
        "4 classes of at least 4 images",
    ),
    "fixed ways in superclasses": (
        bilevel_spec(9),
        FIXED,
        {"use_bilevel_hierarchy": True},
        "num_ways = 5.*ignore_bilevel_ontology = True",
    ),
    "all classes in superclasses": (
        bilevel_spec(9),
        VARIABLE,
        {"use_bilevel_hierarchy": True, "use_all_classes": True},
        "ignore_bilevel_ontology = True",
    ),
    "large classes in superclasses": (
        bilevel_spec(9),
        EpisodeDescriptionConfig(min_examples_in_class=2),
        {"use_bilevel_hierarchy": True},
        "min_examples_in_class = 2 cannot",
    ),
    "a superclass that is too small": (
        bilevel_spec(9, 4),
        VARIABLE,
        {"use_bilevel_hierarchy": True},
        "superclass 1 has 4 classes",
    ),
    "superclasses of a flat dataset": (
        flat_spec([20] * 9),
        VARIABLE,
        {"use_bilevel_hierarchy": True},
        "no superclasses",
    ),
    "graph of a flat dataset": (
        flat_spec([20] * 9),
        VARIABLE,
        {"use_dag_hierarchy": True},
        "no graph",
    ),
    "restricted superclasses": (
        bilevel_spec(9, 9).initialize({Split.TRAIN: 12}),
        VARIABLE,
        {"use_bilevel_hierarchy": True},
        "restrict_classes.*ignore_bilevel_ontology",
    ),
    "a probability that is none": (
        flat_spec([20] * 9),
        VARIABLE,
        {"ignore_hierarchy_probability": 1.5},
        "from 0 to 1",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_at_construction(case):
    spec, config, options, complaint = REFUSED[case]
    with pytest.raises(ValueError, match=complaint) as caught:
        sampler(spec, config, **options)
    assert isinstance(caught.value, UsageError)


def test_fixed_ways_in_a_graph(dag_spec):
    with pytest.raises(ValueError, match="ignore_dag_ontology = True"):
        sampler(dag_spec, FIXED, use_dag_hierarchy=True)


def test_graph_without_an_eligible_node(dag_spec, monkeypatch):
    monkeypatch.setattr(
        "meta_dataset.data.class_hierarchies.MAX_SPANNING_LEAVES_ELIGIBLE", 5
    )
    with pytest.raises(ValueError, match="no node of the TRAIN graph spans 5 to 5"):
        sampler(dag_spec, use_dag_hierarchy=True)


def test_classes_of_a_wide_node_are_sub_sampled(dag_spec):
    config = EpisodeDescriptionConfig(min_ways=11, max_ways_upper_bound=12)
    drawing = sampler(dag_spec, config, use_dag_hierarchy=True)
    assert len(drawing.sample_episode_description()) == 12


IMPOSSIBLE = {
    "a class with one image": ([20] * 4 + [1], VARIABLE, "at least 2 images"),
    "fixed shots exceed a class": ([19] * 5, FIXED, "fewer than 5 .* and 15"),
    "nothing left beside the query": (
        [10] * 5,
        EpisodeDescriptionConfig(num_query=10),
        "no image left",
    ),
    "query larger than the class": (
        [10] * 5,
        EpisodeDescriptionConfig(num_query=60),
        "no image left",
    ),
    "no query image beside the support": (
        [5] * 5,
        EpisodeDescriptionConfig(num_support=5),
        "no query image is left",
    ),
    "a support set that cannot show all ways": (
        [20] * 9,
        EpisodeDescriptionConfig(num_ways=9, max_support_set_size=8),
        "at most 8 images cannot show 9 classes",
    ),
    "more ways than classes": (
        [20] * 6,
        EpisodeDescriptionConfig(num_ways=7),
        "7 ways from 6 classes",
    ),
}


@pytest.mark.parametrize("case", IMPOSSIBLE)
def test_impossible_episodes(case):
    sizes, config, complaint = IMPOSSIBLE[case]
    drawing = sampler(flat_spec(sizes), config)
    with pytest.raises(ValueError, match=complaint):
        drawing.sample_episode_description()


def test_pools_are_refused():
    with pytest.raises(ValueError, match="no pool"):
        sampler(flat_spec([20] * 9), pool="train")
    with pytest.raises(NotImplementedError, match="pools"):
        sampler(flat_spec([{"train": 5, "test": 5}] * 9))
