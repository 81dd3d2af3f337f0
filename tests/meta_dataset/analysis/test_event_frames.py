"""Framing: cut anywhere, damaged anywhere, found again; TensorBoard's writer as oracle."""

import io
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tensorboard.summary.writer.record_writer import RecordWriter

from meta_dataset.analysis import event_frames
from meta_dataset.tfrecord import frame, masked_crc

payload_lists = st.lists(st.binary(min_size=1, max_size=40), max_size=12)


def _payloads(data, frames):
    spans = zip(frames.starts.tolist(), frames.lengths.tolist(), strict=True)
    return [data[start : start + length] for start, length in spans]


def _scan_in_pieces(data, cuts):
    """Feeds `data` piece by piece, as a reader does, and returns all that was found."""
    payloads, gaps = [], []
    rest, offset, lost = b"", 0, None
    bounds = [0, *sorted(cuts), len(data)]
    for start, end in itertools.pairwise(bounds):
        rest += data[start:end]
        frames = event_frames.scan(rest, None if lost is None else lost - offset)
        payloads += _payloads(rest, frames)
        gaps += [(gap.start + offset, gap.end + offset) for gap in frames.gaps]
        lost = None if frames.lost_since is None else frames.lost_since + offset
        offset += frames.consumed
        rest = rest[frames.consumed :]
    return payloads, gaps, lost, frames.doubt


@given(payload_lists)
def test_reads_what_tensorboard_writes(payloads):
    file = io.BytesIO()
    writer = RecordWriter(file)
    for payload in payloads:
        writer.write(payload)
    data = file.getvalue()
    frames = event_frames.scan(data)
    assert _payloads(data, frames) == payloads
    assert frames.consumed == len(data)
    assert (frames.gaps, frames.lost_since, frames.doubt) == ((), None, "")


@given(payload_lists, st.data())
def test_cut_anywhere_means_not_yet(payloads, choose):
    framed = [frame(payload) for payload in payloads]
    data = b"".join(framed)
    cut = choose.draw(st.integers(0, len(data)))
    frames = event_frames.scan(data[:cut])
    ends = np.cumsum([len(one) for one in framed])
    whole = int((ends <= cut).sum())
    assert _payloads(data, frames) == payloads[:whole]
    assert frames.consumed == sum(map(len, framed[:whole]))
    assert (frames.gaps, frames.lost_since, frames.doubt) == ((), None, "")


@given(payload_lists.filter(bool), st.data())
def test_a_flipped_bit_costs_one_record_and_is_never_a_wrong_one(payloads, choose):
    data = bytearray(b"".join(map(frame, payloads)))
    bit = choose.draw(st.integers(0, 8 * len(data) - 1))
    data[bit // 8] ^= 1 << bit % 8
    frames = event_frames.scan(bytes(data))
    ends = np.cumsum([len(frame(payload)) for payload in payloads])
    hit = int((ends <= bit // 8).sum())
    assert _payloads(data, frames) == payloads[:hit] + payloads[hit + 1 :]
    if hit < len(payloads) - 1:
        start = int(ends[hit]) - len(frame(payloads[hit]))
        assert [(gap.start, gap.end) for gap in frames.gaps] == [(start, ends[hit])]
        assert frames.consumed == len(data)
    else:
        assert frames.doubt or frames.needed > len(data)


@settings(max_examples=300)
@given(payload_lists, st.data())
def test_pieces_do_not_matter_whatever_the_bytes(payloads, choose):
    data = bytearray(b"".join(map(frame, payloads)))
    for _ in range(choose.draw(st.integers(0, 4))):
        place = choose.draw(st.integers(0, len(data)))
        size = choose.draw(st.integers(0, 30))
        kind = choose.draw(st.sampled_from(["zeros", "junk", "insert", "remove"]))
        junk = choose.draw(st.binary(min_size=size, max_size=size))
        if kind == "zeros":
            data[place : place + size] = bytes(size)
        elif kind == "junk":
            data[place : place + size] = junk
        elif kind == "insert":
            data[place:place] = junk
        else:
            del data[place : place + size]
    data = bytes(data)
    cuts = choose.draw(st.lists(st.integers(0, len(data)), max_size=8))
    assert _scan_in_pieces(data, cuts) == _scan_in_pieces(data, [])
    everything = {bytes(payload) for payload in payloads}
    found, *_ = _scan_in_pieces(data, cuts)
    assert {payload for payload in found if payload} <= everything


@given(st.binary(max_size=200))
def test_arbitrary_bytes_never_fail(data):
    frames = event_frames.scan(data)
    assert 0 <= frames.consumed <= len(data) or frames.lost_since is not None


def test_a_length_beyond_reason_is_damage():
    length = (event_frames.MAX_RECORD_BYTES + 1).to_bytes(8, "little")
    header = length + masked_crc(length).to_bytes(4, "little")
    data = header + b"x" * 50 + frame(b"good")
    frames = event_frames.scan(data)
    assert _payloads(data, frames) == [b"good"]
    assert [(gap.start, gap.end) for gap in frames.gaps] == [(0, 62)]


def test_a_length_beyond_the_file_is_not_yet():
    length = (1 << 20).to_bytes(8, "little")
    header = length + masked_crc(length).to_bytes(4, "little")
    frames = event_frames.scan(frame(b"good") + header + b"x" * 50)
    assert len(frames.starts) == 1
    assert frames.consumed == len(frame(b"good"))
    assert frames.needed == frames.consumed + 12 + (1 << 20) + 4


def test_zeros_at_the_end_may_still_be_filled():
    good = frame(b"good")
    frames = event_frames.scan(good + bytes(500))
    assert frames.consumed == len(good)
    assert (frames.lost_since, frames.doubt) == (None, "zeros")


def test_zeros_within_are_damage():
    data = frame(b"one") + bytes(500) + frame(b"two")
    frames = event_frames.scan(data)
    assert _payloads(data, frames) == [b"one", b"two"]
    assert [(gap.start, gap.end) for gap in frames.gaps] == [(19, 519)]


def test_a_damaged_record_that_a_header_follows_is_skipped_by_its_length():
    inner = frame(b"a record inside a payload")
    outer = bytearray(frame(inner))
    outer[-1] ^= 1
    data = bytes(outer) + frame(b"next")
    assert _payloads(data, event_frames.scan(data)) == [b"next"]


def test_a_lost_half_record_does_not_swallow_what_was_appended():
    data = frame(b"x" * 100)[:50] + frame(b"one") + frame(b"two") + frame(b"y" * 80)
    assert _payloads(data, event_frames.scan(data)) == [b"one", b"two", b"y" * 80]


@pytest.mark.parametrize("count", [3000])
def test_alternating_damage_does_not_take_quadratic_time(count):
    bad = bytearray(frame(b"bad"))
    bad[0] ^= 1
    data = (bytes(bad) + frame(b"good")) * count
    frames = event_frames.scan(data)
    assert len(frames.starts) == count
    assert len(frames.gaps) == count
