import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meta_dataset.data.permutation import Permutation


@settings(deadline=None)
@given(size=st.integers(1, 3000), key=st.integers(0, 2**40))
def test_takes_every_number_once(size, key):
    numbers = Permutation(size, (key,))(np.arange(size))
    assert np.array_equal(np.sort(numbers), np.arange(size))


def test_a_part_is_a_part_of_the_whole():
    permutation = Permutation(1000, (1, 2))
    whole = permutation(np.arange(1000))
    assert np.array_equal(permutation(np.arange(300, 400)), whole[300:400])


def test_never_changes():
    assert Permutation(10, (1, 2, 3))(np.arange(10)).tolist() == [
        5,
        6,
        3,
        9,
        8,
        1,
        2,
        4,
        7,
        0,
    ]


def test_keys_give_unrelated_orders():
    orders = [Permutation(50, (seed,))(np.arange(50)) for seed in range(40)]
    same = [np.mean(a == b) for a, b in itertools.pairwise(orders)]
    assert np.mean(same) < 0.06  # 0.02 by chance


@pytest.mark.parametrize("size", [3, 7, 100])
def test_first_two_numbers_are_uniform_over_keys(size):
    draws = 100 * size
    firsts = np.array([Permutation(size, (s,))(np.arange(2)) for s in range(draws)])
    for column in firsts.T:
        counts = np.bincount(column, minlength=size)
        chi_square = np.sum((counts - 100) ** 2 / 100)
        # Mean size - 1, standard deviation sqrt(2 (size - 1)): five of them above.
        assert chi_square < size - 1 + 5 * np.sqrt(2 * (size - 1))
    following = np.bincount((firsts[:, 1] - firsts[:, 0]) % size, minlength=size)[1:]
    expected = draws / (size - 1)
    chi_square = np.sum((following - expected) ** 2 / expected)
    assert chi_square < size - 2 + 5 * np.sqrt(2 * (size - 2)) + 1


def test_large_sizes_cost_only_what_is_asked_for():
    numbers = Permutation(34_776_331, (5,))(np.arange(10_000_000, 10_000_256))
    assert len(set(numbers.tolist())) == 256
    assert 0 <= numbers.min() and numbers.max() < 34_776_331


def test_refuses_nothing_to_permute():
    with pytest.raises(ValueError):
        Permutation(0, (1,))
