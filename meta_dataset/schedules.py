"""What depends on the number of updates alone: the learning rate, and when to act."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class LearningRate:
    """The rate of the outer optimiser, constant or falling in steps (a staircase).

    rate(n) = initial * decay_rate ^ floor(n / decay_every).

    Attributes:
      initial: before any decay.
      decays: whether it falls at all.
      decay_every: updates a step is wide.
      decay_rate: factor between two steps.
    """

    initial: float
    decays: bool = False
    decay_every: int = 5000
    decay_rate: float = 0.5

    def at(self, updates_done: int) -> float:
        """Returns the rate of the update that follows `updates_done` others."""
        if not self.decays:
            return self.initial
        return self.initial * self.decay_rate ** (updates_done // self.decay_every)


@dataclasses.dataclass(frozen=True)
class Every:
    """Something that happens at each multiple of a number of updates.

    The same updates are due in a run that was interrupted, because only the update
    itself is asked.

    Attributes:
      updates: between two times; at least 1.
    """

    updates: int

    def is_due(self, update: int) -> bool:
        """Returns whether it happens after this many updates."""
        return update % self.updates == 0

    def count_before(self, update: int) -> int:
        """Returns how often it was due at the updates 1, 2, ... below `update`."""
        return max(update - 1, 0) // self.updates
