import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meta_dataset.data.chunks import (
    PLACEHOLDER_CLASS_ID,
    ChunkSizes,
    LostRecordError,
    check_chunks,
    representations,
)
from meta_dataset.data.draws import DrawError

CHUNKS = ChunkSizes(12, 6, 6)


def test_leftovers_of_a_pass_are_thrown_away():
    # Class 1 has 5 records; each episode takes 3.
    descriptions = [((1, 2, 1), (0, 1, 1))] * 3
    first, second, third = representations(descriptions, [8, 5], CHUNKS)
    assert first.tolist() == [[2, 12], [1, 2], [0, 1], [2, 3], [1, 1], [0, 1], [2, 4]]
    assert second.tolist()[0] == [1, 2]
    assert second.tolist()[1] == [2, 10]
    assert third.tolist()[:2] == [[1, 2], [2, 10]]


@st.composite
def episodes(draw):
    sizes = draw(st.lists(st.integers(1, 9), min_size=1, max_size=4))
    one = st.lists(
        st.integers(0, len(sizes) - 1), min_size=1, max_size=len(sizes), unique=True
    ).flatmap(
        lambda classes: st.tuples(
            *(
                st.integers(0, sizes[c]).flatmap(
                    lambda n, c=c: st.integers(0, n).map(lambda k: (c, k, n - k))
                )
                for c in classes
            )
        )
    )
    return sizes, draw(st.lists(one, min_size=1, max_size=8))


@given(episodes())
def test_no_image_is_twice_in_an_episode(case):
    sizes, descriptions = case
    chunks = ChunkSizes(72, 36, 36)
    taken = [itertools.cycle(range(size)) for size in sizes]  # streams of the classes
    for description, pairs in zip(
        descriptions, representations(descriptions, sizes, chunks), strict=True
    ):
        flat = np.repeat(pairs[:, 0], pairs[:, 1])
        assert len(flat) == sum(chunks)
        images = [(c, next(taken[c])) if c < len(sizes) else None for c in flat]
        kept = [image for image in images[72:] if image is not None]
        assert len(set(kept)) == len(kept)
        assert len(kept) == sum(k + q for _, k, q in description)
        found = np.array([-1 if c == len(sizes) else c + 10 for c in flat])
        support, query = check_chunks(found, description, range(10, 20), chunks, "toy")
        assert support.labels.tolist() == [
            label for label, (_, k, _) in enumerate(description) for _ in range(k)
        ]
        assert query.class_ids.tolist() == [
            c + 10 for c, _, q in description for _ in range(q)
        ]


def test_more_than_a_class_has_or_a_chunk_holds():
    with pytest.raises(DrawError, match="class 1 of the split, which has 5"):
        next(representations([((1, 4, 2),)], [9, 5], CHUNKS))
    with pytest.raises(DrawError, match="7 images where 6 is the most"):
        next(representations([((0, 7, 2),)], [9, 5], CHUNKS))


def test_every_lost_record_is_noticed():
    descriptions = [((1, 2, 1), (0, 1, 1)), ((1, 2, 1), (0, 1, 1)), ((0, 3, 3),)]
    chosen = representations(descriptions, [8, 5], CHUNKS)
    flat = np.concatenate([np.repeat(pairs[:, 0], pairs[:, 1]) for pairs in chosen])
    class_ids = np.where(flat == 2, PLACEHOLDER_CLASS_ID, flat)
    for lost in range(24):
        shifted = np.delete(class_ids, lost)[:48]
        with pytest.raises(LostRecordError, match="toy.*does not hold.*ulimit -n"):
            for k in range(2):
                check_chunks(
                    shifted[24 * k : 24 * (k + 1)],
                    descriptions[k],
                    range(2),
                    CHUNKS,
                    "toy",
                )
