"""Framing of event files: which bytes are whole, intact records, and which are not.

Works on a piece of a file held in memory and knows neither files nor what the
records mean. Three outcomes are told apart: *intact* (both checksums match), *not
yet* (the piece ends inside a record: call again with more), *damaged* (skipped, and
reported with its place). After damage that hides where records start, the next one
is found by looking for a header whose checksum matches.
"""

from __future__ import annotations

import dataclasses

import google_crc32c
import numpy as np

from meta_dataset.tfrecord import masked_crc

HEADER_BYTES = 12
FOOTER_BYTES = 4

MAX_RECORD_BYTES = 1 << 28
"""A longer length is taken for damage: event records hold scalars, at most a graph."""

_BAD_CHECKSUM = "the checksum of a record does not match"
_NO_RECORD = "no readable record"

_MASK_DELTA = np.uint32(0xA282EAD8)
_MAX_HOLE_BYTES = 1 << 24
_FIRST_SEARCH_BYTES = 1 << 12
_MAX_SEARCH_BYTES = 1 << 20


@dataclasses.dataclass(frozen=True, order=True)
class Gap:
    """Bytes that had to be skipped.

    Attributes:
      start: first byte, counted from the start of the piece; may be negative when
        the damage began in an earlier piece.
      end: first byte after it.
      reason: a few words.
    """

    start: int
    end: int
    reason: str


@dataclasses.dataclass(frozen=True)
class Frames:
    """What one piece of a file holds.

    Attributes:
      starts: where the intact payloads start in the piece, ascending, [n], int64.
      lengths: how long they are, in bytes, [n], int64.
      gaps: what was skipped, ascending.
      consumed: bytes that are dealt with; the next piece starts there.
      lost_since: where the damage began whose end was not found yet (in bytes of this
        piece, may be negative), None when the position is known.
      needed: bytes this piece must have to get any further; 0 if unknown.
      doubt: what is wrong with the rest unless more bytes mend it; empty if the rest
        only looks like a record that is being written.
    """

    starts: np.ndarray
    lengths: np.ndarray
    gaps: tuple[Gap, ...]
    consumed: int
    lost_since: int | None
    needed: int
    doubt: str


def scan(data: bytes, lost_since: int | None = None) -> Frames:
    """Returns the frames of a piece that starts at a record, or within damage.

    However a file is cut into pieces, its records and gaps are the same.

    Args:
      data: the piece.
      lost_since: `lost_since` of the previous piece less what it consumed: the piece
        starts within damage, and the next intact record has to be found first.
    """
    buffer = np.frombuffer(data, np.uint8)
    chains: list[tuple[np.ndarray, np.ndarray]] = []
    gaps: list[Gap] = []
    position, needed, doubt = 0, 0, ""
    while True:
        if lost_since is not None:
            position, needed = _find_record(data, buffer, position)
            if position + HEADER_BYTES > len(data) or needed:
                doubt = _NO_RECORD
                break
            gaps.append(Gap(lost_since, position, _NO_RECORD))
            lost_since = None
        chain = _follow(data, position)
        intact = _intact(data, buffer, chain)
        # Only a header behind it vouches for the length of a record whose checksum
        # does not match.
        unsure = bool(len(intact)) and not intact[-1] and not chain.needed
        settled = len(intact) - unsure
        gaps += (_gap(chain, bad) for bad in np.flatnonzero(~intact[:settled]).tolist())
        keep = intact[:settled]
        chains.append((chain.starts[:settled][keep], chain.lengths[:settled][keep]))
        position = int(chain.starts[-1]) - HEADER_BYTES if unsure else chain.end
        doubt = _BAD_CHECKSUM if unsure else ""
        if not chain.lost:
            needed = chain.needed
            break
        if _is_hole(buffer[chain.end :]):
            doubt = "zeros"
            break
        lost_since, position = position, position + 1
    return Frames(
        np.concatenate([starts for starts, _ in chains] or [np.empty(0, np.int64)]),
        np.concatenate([lengths for _, lengths in chains] or [np.empty(0, np.int64)]),
        tuple(gaps),
        position,
        lost_since,
        needed,
        doubt,
    )


@dataclasses.dataclass(frozen=True)
class _Chain:
    """Records linked by their lengths, from a position to where the links stop.

    Attributes:
      starts, lengths: of the payloads whose frames lie in the piece.
      end: the first byte after the last of these frames.
      lost: whether what follows is no header; else the piece ends inside a frame.
      needed: bytes of the piece that would complete that frame, 0 if unknown.
    """

    starts: np.ndarray
    lengths: np.ndarray
    end: int
    lost: bool
    needed: int


def _follow(data: bytes, position: int) -> _Chain:
    starts: list[int] = []
    lengths: list[int] = []
    lost, needed = False, 0
    # The loop runs once a record: everything in it is a local name.
    size, length_of = len(data), _HEADERS.get
    add_start, add_length = starts.append, lengths.append
    while (start := position + HEADER_BYTES) <= size:
        header = data[position:start]
        length = length_of(header)
        if length is None:
            length = _checked_length(header)
            if length is None:
                lost = True
                break
        end = start + length + FOOTER_BYTES
        if end > size:
            needed = end
            break
        add_start(start)
        add_length(length)
        position = end
    return _Chain(
        np.array(starts, np.int64), np.array(lengths, np.int64), position, lost, needed
    )


def _intact(data: bytes, buffer: np.ndarray, chain: _Chain) -> np.ndarray:
    """Returns for each payload whether its checksum matches, [n], bool."""
    crc, starts, lengths = google_crc32c.value, chain.starts, chain.lengths
    spans = zip(starts.tolist(), (starts + lengths).tolist(), strict=True)
    computed = np.fromiter(
        (crc(data[start:end]) for start, end in spans), np.uint32, len(starts)
    )
    return _masked(computed) == _stored(buffer, starts + lengths)


def _masked(crc: np.ndarray) -> np.ndarray:
    return (crc >> 15 | crc << 17) + _MASK_DELTA


def _stored(buffer: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Returns the little-endian 32-bit numbers at some places, [n], uint32."""
    return buffer[places[:, None] + np.arange(FOOTER_BYTES)].view("<u4")[:, 0]


def _gap(chain: _Chain, index: int) -> Gap:
    start = int(chain.starts[index])
    end = start + int(chain.lengths[index]) + FOOTER_BYTES
    return Gap(start - HEADER_BYTES, end, _BAD_CHECKSUM)


def _is_hole(rest: np.ndarray) -> bool:
    """Whether the rest is zeros, as where writes over a network have not arrived."""
    return len(rest) <= _MAX_HOLE_BYTES and not rest.any()


# --- headers ------------------------------------------------------------------

_HEADERS: dict[bytes, int] = {}
"""Headers already checked, with their lengths: event files repeat a few dozen."""

_MAX_REMEMBERED = 4096


def _checked_length(header: bytes) -> int | None:
    """Returns the length in a header, None if the checksum or the length is wrong."""
    length = int.from_bytes(header[:8], "little")
    if masked_crc(header[:8]) != int.from_bytes(header[8:], "little"):
        return None
    if length > MAX_RECORD_BYTES:
        return None
    if len(_HEADERS) >= _MAX_REMEMBERED:
        _HEADERS.clear()
    _HEADERS[header] = length
    return length


def _find_record(data: bytes, buffer: np.ndarray, position: int) -> tuple[int, int]:
    """Returns where the next record starts, and the bytes needed to be sure.

    The checksums of its header and its payload must match; empty records, which
    nobody writes, do not count. The second number is 0 if the piece holds the whole
    record. Where there is none, the place is the first at which a header may still
    begin, less than a header before the end of the piece.
    """
    end = max(position, len(data) - HEADER_BYTES + 1)
    step = _FIRST_SEARCH_BYTES
    while position < end:
        stop = min(position + step, end)
        for candidate in _valid_headers(buffer, position, stop):
            start = candidate + HEADER_BYTES
            length = _checked_length(data[candidate:start])
            if not length:
                continue
            footer = data[start + length : start + length + FOOTER_BYTES]
            if len(footer) < FOOTER_BYTES:
                return candidate, start + length + FOOTER_BYTES
            payload = data[start : start + length]
            if masked_crc(payload) == int.from_bytes(footer, "little"):
                return candidate, 0
        position, step = stop, min(2 * step, _MAX_SEARCH_BYTES)
    return end, 0


def _short_length_tables() -> tuple[np.ndarray, int]:
    """Returns tables [4, 256] and a constant: the CRC of a length below 2 ** 32.

    A CRC is linear: the CRC of the eight bytes is the constant (of eight zeros)
    combined by exclusive or with one table entry for each of the four low bytes.
    """
    zeros = google_crc32c.value(bytes(8))
    tables = np.empty((4, 256), np.uint32)
    for place in range(4):
        for byte in range(256):
            length = (byte << 8 * place).to_bytes(8, "little")
            tables[place, byte] = google_crc32c.value(length) ^ zeros
    return tables, zeros


_TABLES, _CRC_OF_ZEROS = _short_length_tables()


def _valid_headers(buffer: np.ndarray, start: int, stop: int) -> list[int]:
    """Returns the places in [start, stop) of headers whose checksum matches."""
    piece = buffer[start : stop + HEADER_BYTES - 1]
    count = stop - start
    high = piece[4 : 4 + count] | piece[5 : 5 + count]
    high |= piece[6 : 6 + count]
    high |= piece[7 : 7 + count]
    places = np.flatnonzero(high == 0)
    crc = np.full(len(places), _CRC_OF_ZEROS, np.uint32)
    for place in range(4):
        crc ^= _TABLES[place][piece[places + place]]
    return (places[_masked(crc) == _stored(piece, places + 8)] + start).tolist()
