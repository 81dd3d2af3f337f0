import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meta_dataset.data import draws
from meta_dataset.data.config import EpisodeDescriptionConfig
from meta_dataset.data.dataset_spec import DatasetSpecification
from meta_dataset.data.draws import (
    BatchDrawer,
    DrawError,
    EpisodeDrawer,
    draw_examples,
    generator,
)
from meta_dataset.data.learning_spec import Split
from meta_dataset.data.sampling import EpisodeDescriptionSampler


def spec_of(sizes, name="toy"):
    return DatasetSpecification(
        name=name,
        classes_per_split={Split.TRAIN: 2, Split.VALID: len(sizes) - 2, Split.TEST: 0},
        images_per_class=dict(enumerate(sizes)),
        class_names={c: str(c) for c in range(len(sizes))},
        path="",
        file_pattern="{}.tfrecords",
    )


def drawer_of(*specs, seed=0, num_to_take=None, **settings):
    config = EpisodeDescriptionConfig(**settings)
    samplers = [EpisodeDescriptionSampler(s, Split.VALID, config) for s in specs]
    return EpisodeDrawer(samplers, seed, num_to_take=num_to_take)


def as_lists(episode):
    return (
        episode.source,
        [(c.class_id, c.support.tolist(), c.query.tolist()) for c in episode.classes],
    )


@settings(deadline=None, max_examples=30)
@given(
    sizes=st.lists(st.integers(2, 60), min_size=7, max_size=12),
    seed=st.integers(0, 2**32),
    n=st.integers(0, 2**40),
)
def test_an_episode_is_a_function_of_seed_and_number(sizes, seed, n):
    spec = spec_of(sizes)
    drawer = drawer_of(spec, seed=seed)
    drawer.draw(5)  # no trace of what was drawn before
    episode = drawer.draw(n)
    assert as_lists(episode) == as_lists(drawer_of(spec, seed=seed).draw(n))
    ids = [c.class_id for c in episode.classes]
    assert len(set(ids)) == len(ids) and set(ids) <= set(range(2, len(sizes)))
    for class_id, support, query in episode.classes:
        drawn = np.concatenate([support, query])
        assert len(set(drawn.tolist())) == len(drawn)
        assert drawn.min() >= 0 and drawn.max() < sizes[class_id]
        assert len(support) >= 1 and len(query) >= 1


def test_the_numbers_of_an_episode_never_change():
    # A change here breaks the promise to runs that resume.
    source, classes = as_lists(drawer_of(spec_of([5] * 8), seed=1, num_ways=5).draw(3))
    assert source == 0
    assert classes == [
        (7, [0, 1], [3, 2]),
        (5, [0], [2, 4]),
        (4, [1], [0, 3]),
        (3, [4], [3, 0]),
        (6, [1, 0], [3, 2]),
    ]


def test_seeds_and_numbers_give_other_episodes():
    spec = spec_of([50] * 20)
    episodes = [
        as_lists(drawer_of(spec, seed=seed).draw(n))
        for seed in range(3)
        for n in range(3)
    ]
    assert all(a != b for i, a in enumerate(episodes) for b in episodes[:i])


def test_few_descriptions_come_round_again():
    drawer = drawer_of(spec_of([50] * 8), num_unique_descriptions=3)
    assert [drawer.describe(n) for n in range(6)] == [
        drawer.describe(n) for n in (0, 1, 2, 0, 1, 2)
    ]
    assert as_lists(drawer.draw(1)) != as_lists(drawer.draw(4))  # other images


def test_sources_are_uniform_and_have_a_seed_of_their_own():
    specs = [spec_of([5] * 8), spec_of([6] * 9), spec_of([7] * 10)]
    drawer = drawer_of(*specs, num_ways=5, num_support=1, num_query=1)
    counts = np.bincount([drawer.draw(n).source for n in range(600)], minlength=3)
    assert np.all(np.abs(counts - 200) < 5 * np.sqrt(600 * 2 / 9))

    one, other = (EpisodeDrawer(drawer.samplers, s, source_seed=7) for s in (1, 2))
    assert [one.draw(n).source for n in range(50)] == [
        other.draw(n).source for n in range(50)
    ]


def test_more_images_than_a_class_has():
    class Sampler:
        dataset_spec, split = spec_of([5] * 8), Split.VALID
        config = EpisodeDescriptionConfig()

        def sample_episode_description(self, rng):
            return ((0, 4, 2),)

    with pytest.raises(DrawError, match="4 support and 2 query images of class 2.* 5"):
        EpisodeDrawer([Sampler()], 0).draw(0)


def test_restricted_classes_repeat_what_they_have():
    drawer = drawer_of(
        spec_of([20] * 8), num_to_take=[4], num_ways=5, num_support=5, num_query=4
    )
    for _, support, query in drawer.draw(0).classes:
        counts = np.bincount(np.concatenate([support, query]))
        assert len(counts) == 4
        assert sorted(counts) == [2, 2, 2, 3]


@settings(deadline=None)
@given(size=st.integers(1, 10**6), part=st.floats(0, 1), seed=st.integers(0, 2**32 - 1))
def test_examples_differ(size, part, seed):
    count = min(int(size * part), 5000)
    drawn = draw_examples(np.random.RandomState(seed), size, count)
    assert len(set(drawn.tolist())) == count
    assert not count or (drawn.min() >= 0 and drawn.max() < size)


def test_examples_of_large_classes_are_uniform():
    rng = generator(1, 2, 3)
    drawn = np.array([draw_examples(rng, 10_000, 20) for _ in range(2000)])
    for column in drawn.T:
        counts = np.bincount(column // 1000, minlength=10)
        assert np.sum((counts - 200) ** 2 / 200) < 9 + 6 * np.sqrt(18)


COUNTS = [{0: 7, 1: 100, 2: 1}, {4: 30, 5: 3}]


@settings(deadline=None, max_examples=20)
@given(batch_size=st.integers(1, 200), seed=st.integers(0, 2**32))
def test_a_pass_takes_each_example_once(batch_size, seed):
    drawer = BatchDrawer(COUNTS[:1], batch_size, seed)
    batches_of_a_pass = -(-108 // batch_size)
    for which in range(2):
        seen = []
        for n in range(which * batches_of_a_pass, (which + 1) * batches_of_a_pass):
            _, class_ids, examples = drawer.draw(n)
            assert 1 <= len(examples) <= batch_size
            seen += zip(class_ids.tolist(), examples.tolist(), strict=True)
        assert sorted(seen) == [(c, i) for c in COUNTS[0] for i in range(COUNTS[0][c])]


def test_a_batch_is_a_function_of_seed_and_number():
    drawer, other = (BatchDrawer(COUNTS, 8, seed=3) for _ in range(2))
    expected = {n: drawer.draw(n) for n in (0, 1, 4095, 4096, 8999)}
    for n in reversed(expected):
        for a, b in zip(other.draw(n), expected[n], strict=True):
            assert np.array_equal(a, b)


def test_a_pass_of_one_of_several_sources(monkeypatch):
    monkeypatch.setattr(draws, "_BLOCK", 16)
    drawer = BatchDrawer(COUNTS, 8, seed=3)
    batches = [drawer.draw(n) for n in range(500)]
    counts = np.bincount([b.source for b in batches])
    assert abs(counts[0] - 250) < 5 * np.sqrt(125)
    small = [b for b in batches if b.source == 1]
    for i in range(0, len(small) - 5, 5):  # 33 images: 5 batches a pass
        seen = [
            (c, e)
            for b in small[i : i + 5]
            for c, e in zip(b.class_ids.tolist(), b.examples.tolist(), strict=True)
        ]
        assert len(seen) == len(set(seen)) == 33


def test_classes_are_mixed_over_a_pass():
    drawer = BatchDrawer([{0: 500, 1: 500}], 100, seed=0)
    shares = [drawer.draw(n).class_ids.mean() for n in range(10)]
    assert all(0.25 < share < 0.75 for share in shares)
