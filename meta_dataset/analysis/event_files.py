"""Reading event files while they grow: bytes in, NumPy series out.

An `EventFileReader` remembers how far it came, so that following a run costs what was
written since the last look. A record that is half written is *not yet*; a damaged one
is skipped and reported, and everything behind it is read; a flipped bit is never a
wrong value, because both checksums of every record are checked. Framing is in
`event_frames`, the payload in `event_values`. No TensorFlow.
"""

from __future__ import annotations

import dataclasses
import errno
import os
import pathlib
import stat
from collections.abc import Iterator, Mapping
from types import MappingProxyType

import numpy as np

from meta_dataset.analysis import event_frames, event_values
from meta_dataset.analysis.event_frames import Gap
from meta_dataset.analysis.event_values import Decoded, Points

__all__ = ["Damage", "EventFileReader", "Points", "Scalars"]

_CHUNK_BYTES = 1 << 22
_KEPT_DAMAGE = 100
_LANDMARK_BYTES = 64


@dataclasses.dataclass(frozen=True)
class Damage:
    """Bytes of an event file that could not be read and were skipped.

    Attributes:
      path: the file.
      offset: the first such byte.
      length: how many.
      reason: a few words.
    """

    path: pathlib.Path
    offset: int
    length: int
    reason: str

    def __str__(self) -> str:
        return (
            f"{self.path}: {self.length} bytes at byte {self.offset} skipped: "
            f"{self.reason}"
        )


@dataclasses.dataclass(frozen=True)
class Scalars:
    """What one look at an event file found.

    Attributes:
      points: new scalars by tag, in the order of the file.
      replaced: the file is not the one seen before (it shrank, or other bytes stand
        in place of known ones) and was read from its start: earlier points are void.
    """

    points: Mapping[str, Points]
    replaced: bool = False

    def __bool__(self) -> bool:
        return bool(self.points) or self.replaced


_NOTHING = Scalars(MappingProxyType({}))


@dataclasses.dataclass(frozen=True)
class _Place:
    """How far a file was read.

    Attributes:
      offset: the first byte that is not dealt with.
      lost_since: where the damage began in which the offset lies, None if it is the
        start of a record.
      size: of the file at that time, in bytes.
      doubt: what is wrong with the rest, unless more bytes mend it.
    """

    offset: int = 0
    lost_since: int | None = None
    size: int = 0
    doubt: str = ""

    @property
    def rest(self) -> int:
        """The first byte that nothing was made of yet."""
        return self.offset if self.lost_since is None else self.lost_since


class EventFileReader:
    """Reads the scalars of one event file, more of them at each call.

    Args:
      path: the file. It is open during `read` only.
    """

    def __init__(self, path: str | os.PathLike[str]):
        self.path = pathlib.Path(path)
        self._identity: tuple[int, int] | None = None  # device and inode
        self._stamp: tuple[int, int] | None = None  # size and mtime
        self._landmarks: tuple[tuple[int, bytes], ...] = ()
        self._place = _Place()
        self._damage: list[Damage] = []
        self._damage_left_out = 0

    @property
    def damage(self) -> tuple[Damage, ...]:
        """The places skipped so far, the first hundred one by one.

        The last may concern the end of the file, and vanish when more is written.
        """
        damage = list(self._damage)
        if self._damage_left_out:
            reason = f"and {self._damage_left_out} more places like it"
            last = self._damage[-1]
            damage.append(Damage(self.path, last.offset, last.length, reason))
        if self._place.doubt:
            start = self._place.rest
            damage.append(
                Damage(self.path, start, self._place.size - start, self._place.doubt)
            )
        return tuple(damage)

    @property
    def pending_bytes(self) -> int:
        """Bytes at the end of the file that are no whole record yet."""
        return self._place.size - self._place.rest

    def read(self) -> Scalars:
        """Returns the scalars written since the last call.

        Raises:
          OSError: the file is gone, no regular file, or cannot be read. What was read
            before stays valid, and the next call tries again.
        """
        # Opening a pipe of this name must not wait for its writer.
        descriptor = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            return self._read(descriptor)
        finally:
            os.close(descriptor)

    def _read(self, descriptor: int) -> Scalars:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(errno.EINVAL, "not a regular file", str(self.path))
        identity = status.st_dev, status.st_ino
        stamp = status.st_size, status.st_mtime_ns
        if (identity, stamp) == (self._identity, self._stamp):
            return _NOTHING
        replaced = self._identity is not None and (
            identity != self._identity
            or status.st_size < self._place.size
            or not self._landmarks_stand(descriptor)
        )
        start = _Place() if replaced else self._place
        points, gaps, place = _read_on(descriptor, start)
        landmarks = _landmarks(descriptor, place.offset)
        # Nothing may fail from here on: points and place change together.
        if replaced:
            self._damage, self._damage_left_out = [], 0
        for gap in gaps:
            if len(self._damage) < _KEPT_DAMAGE:
                length = gap.end - gap.start
                self._damage.append(Damage(self.path, gap.start, length, gap.reason))
            else:
                self._damage_left_out += 1
        self._identity, self._stamp = identity, stamp
        self._place, self._landmarks = place, landmarks
        return Scalars(MappingProxyType(points), replaced)

    def _landmarks_stand(self, descriptor: int) -> bool:
        """Whether known bytes are still where they were: the file only grew."""
        return all(
            os.pread(descriptor, len(known), offset) == known
            for offset, known in self._landmarks
        )


def _landmarks(descriptor: int, end: int) -> tuple[tuple[int, bytes], ...]:
    """Returns places and bytes at the start and the end of the part that was read."""
    size = min(end, _LANDMARK_BYTES)
    return tuple(
        (offset, os.pread(descriptor, size, offset)) for offset in (0, end - size)
    )


def _read_on(
    descriptor: int, place: _Place
) -> tuple[dict[str, Points], list[Gap], _Place]:
    """Reads from a place to the end: new points, what was skipped, the new place."""
    pieces: dict[str, list[Points]] = {}
    gaps: list[Gap] = []
    offset, lost_since, doubt = place.offset, place.lost_since, place.doubt
    rest, wanted = b"", _CHUNK_BYTES
    while chunk := os.pread(descriptor, wanted, offset + len(rest)):
        rest += chunk
        lost = None if lost_since is None else lost_since - offset
        frames = event_frames.scan(rest, lost)
        decoded = event_values.decode(rest, frames.starts, frames.lengths)
        for tag, points in decoded.points.items():
            pieces.setdefault(tag, []).append(points)
        for gap in sorted((*frames.gaps, *_undecodable(frames, decoded))):
            gaps.append(Gap(gap.start + offset, gap.end + offset, gap.reason))
        lost_since = None if frames.lost_since is None else frames.lost_since + offset
        doubt = frames.doubt
        wanted = max(_CHUNK_BYTES, frames.needed - len(rest))
        offset += frames.consumed
        rest = rest[frames.consumed :]
    points = {tag: _joined(parts) for tag, parts in pieces.items()}
    return points, gaps, _Place(offset, lost_since, offset + len(rest), doubt)


def _undecodable(frames: event_frames.Frames, decoded: Decoded) -> Iterator[Gap]:
    """Yields the intact records that are no events."""
    for index in decoded.undecodable:
        start, length = int(frames.starts[index]), int(frames.lengths[index])
        yield Gap(
            start - event_frames.HEADER_BYTES,
            start + length + event_frames.FOOTER_BYTES,
            "an intact record that is no event",
        )


def _joined(parts: list[Points]) -> Points:
    if len(parts) == 1:
        return parts[0]
    return Points(
        np.concatenate([part.steps for part in parts]),
        np.concatenate([part.values for part in parts]),
        np.concatenate([part.wall_times for part in parts]),
    )
