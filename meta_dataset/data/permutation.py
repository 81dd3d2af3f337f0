"""A shuffled order that is computed where it is asked for, not stored.

QuickDraw has 35 million training images: a stored order of one pass would take a
quarter of a gigabyte and a second, on every start. A Feistel network is a permutation
of all numbers of some bits whatever its round function; numbers outside of the wanted
range are sent through again until they fall inside (cycle walking). Black and Rogaway,
Ciphers with arbitrary finite domains, 2002. Free of TensorFlow.
"""

import numpy as np

_ROUNDS = 10
_LEAST_BITS = 6  # few-bit halves mix badly


class Permutation:
    """A permutation of the numbers below `size`, drawn by `key`.

    Args:
      size: positive.
      key: non-negative integers; other keys give other permutations.
    """

    def __init__(self, size: int, key: tuple[int, ...]):
        if size < 1:
            raise ValueError(f"a permutation of {size} numbers")
        self.size = size
        bits = max(_LEAST_BITS, (size - 1).bit_length())
        self._low_bits = np.uint64(bits // 2)
        self._low_mask = np.uint64((1 << bits // 2) - 1)
        self._high_mask = np.uint64((1 << (bits - bits // 2)) - 1)
        state = np.random.SeedSequence(key).generate_state(_ROUNDS, np.uint64)
        self._round_keys = list(state)

    def __call__(self, positions: np.ndarray) -> np.ndarray:
        """Returns the numbers at `positions`: int64, same shape [count]."""
        numbers = self._once(np.asarray(positions).astype(np.uint64))
        outside = np.flatnonzero(numbers >= self.size)
        while outside.size:
            numbers[outside] = self._once(numbers[outside])
            outside = outside[numbers[outside] >= self.size]
        return numbers.astype(np.int64)

    def _once(self, numbers: np.ndarray) -> np.ndarray:
        low, high = numbers & self._low_mask, numbers >> self._low_bits
        for i, key in enumerate(self._round_keys):
            if i % 2:
                low = low ^ (_mixed(high + key) & self._low_mask)
            else:
                high = high ^ (_mixed(low + key) & self._high_mask)
        return (high << self._low_bits) | low


def _mixed(numbers: np.ndarray) -> np.ndarray:
    """The finaliser of SplitMix64 (Steele, Lea and Flood 2014); wraps at 64 bits."""
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return numbers ^ (numbers >> np.uint64(31))
