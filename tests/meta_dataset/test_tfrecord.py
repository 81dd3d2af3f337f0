import io
import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meta_dataset import tfrecord
from meta_dataset.errors import RecordError

PAYLOADS = st.lists(st.binary(max_size=40), max_size=5)


def spans_of(data, **options):
    return list(tfrecord.scan(io.BytesIO(data), "7.tfrecords", **options))


def frames(payloads):
    return b"".join(map(tfrecord.frame, payloads))


def starts_of(payloads):
    """Where each record starts, and where the last ends."""
    starts = [0]
    for payload in payloads:
        starts.append(starts[-1] + len(tfrecord.frame(payload)))
    return starts


def test_masked_crc_of_the_published_vector():
    # CRC-32C of "123456789" is 0xE3069283; rotated right by 15, plus the delta.
    rotated = (0xE3069283 >> 15 | 0xE3069283 << 17) & 0xFFFFFFFF
    assert tfrecord.masked_crc(b"123456789") == (rotated + 0xA282EAD8) & 0xFFFFFFFF


@given(PAYLOADS)
def test_spans_hold_the_payloads(payloads):
    data = frames(payloads)
    for check in (False, True):
        spans = spans_of(data, check_payloads=check)
        assert [data[s.offset : s.offset + s.length] for s in spans] == payloads


@given(PAYLOADS.filter(bool), st.data())
def test_a_cut_names_file_and_offset(payloads, draw):
    starts = starts_of(payloads)
    cut = draw.draw(st.integers(1, starts[-1] - 1).filter(lambda n: n not in starts))
    data = frames(payloads)[:cut]
    broken = max(start for start in starts if start < cut)
    for check in (False, True):
        with pytest.raises(RecordError) as caught:
            spans_of(data, check_payloads=check)
        assert f"7.tfrecords: the record at byte {broken} is cut" in str(caught.value)


@given(PAYLOADS.filter(bool), st.data())
def test_a_flipped_bit_is_never_a_wrong_payload(payloads, draw):
    data = bytearray(frames(payloads))
    position = draw.draw(st.integers(0, len(data) - 1))
    data[position] ^= 1 << draw.draw(st.integers(0, 7))
    broken = max(start for start in starts_of(payloads)[:-1] if start <= position)
    with pytest.raises(RecordError, match=f"7.tfrecords: the record at byte {broken} "):
        spans_of(bytes(data), check_payloads=True)
    good = []
    with pytest.raises(RecordError):
        for span in tfrecord.scan(
            io.BytesIO(bytes(data)), "7.tfrecords", check_payloads=True
        ):
            good.append(bytes(data[span.offset : span.offset + span.length]))
    assert good == payloads[: len(good)]


@given(st.binary(max_size=40), st.binary(max_size=10))
def test_unframe_is_the_inverse_of_frame(payload, rest):
    assert tfrecord.unframe(tfrecord.frame(payload) + rest, "x", 0) == payload


@given(st.binary(max_size=20), st.data())
def test_unframe_refuses_cuts_and_flips(payload, draw):
    framed = tfrecord.frame(payload)
    cut = framed[: draw.draw(st.integers(0, len(framed) - 1))]
    with pytest.raises(RecordError, match="x: the record at byte 33 is cut"):
        tfrecord.unframe(cut, "x", 33)
    flipped = bytearray(framed)
    flipped[draw.draw(st.integers(0, len(framed) - 1))] ^= 0x10
    with pytest.raises(RecordError, match="x: the record at byte 33"):
        tfrecord.unframe(bytes(flipped), "x", 33)


def test_writer_and_readers_agree(tmp_path):
    path = tmp_path / "0.tfrecords"
    payloads = [b"", b"a", b"b" * 100_000]
    with tfrecord.RecordWriter(path) as writer:
        for payload in payloads:
            writer.write(payload)
        assert not path.exists()
    assert os.listdir(tmp_path) == ["0.tfrecords"]
    assert list(tfrecord.read_records(path)) == payloads
    assert [s.length for s in tfrecord.scan_file(path)] == [0, 1, 100_000]


def test_a_failed_writer_keeps_the_old_file(tmp_path):
    path = tmp_path / "0.tfrecords"
    path.write_bytes(b"old")
    with pytest.raises(KeyError), tfrecord.RecordWriter(path) as writer:
        writer.write(b"new")
        raise KeyError
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["0.tfrecords"]


def test_a_closed_writer_refuses(tmp_path):
    writer = tfrecord.RecordWriter(tmp_path / "0.tfrecords")
    with pytest.raises(ValueError, match="not open"):
        writer.write(b"")


@pytest.mark.parametrize(
    "read", [tfrecord.scan_file, lambda p: list(tfrecord.read_records(p))]
)
def test_a_missing_file_is_a_record_error(tmp_path, read):
    with pytest.raises(RecordError, match="9.tfrecords: cannot read the record file"):
        read(tmp_path / "9.tfrecords")


def test_a_cut_file_is_a_record_error(tmp_path):
    path = tmp_path / "3.tfrecords"
    path.write_bytes(frames([b"whole", b"cut"])[:-1])
    with pytest.raises(RecordError, match="3.tfrecords: the record at byte 21 is cut"):
        list(tfrecord.read_records(path))


def test_a_large_wrong_length_costs_no_memory(tmp_path):
    length = (2**62).to_bytes(8, "little")
    header = length + tfrecord.masked_crc(length).to_bytes(4, "little")
    path = tmp_path / "0.tfrecords"
    path.write_bytes(header + b"short")
    with pytest.raises(RecordError, match="cut off"):
        list(tfrecord.read_records(path))


def test_tensorflow_reads_what_the_writer_wrote(tmp_path):
    tf = pytest.importorskip("tensorflow")
    path = tmp_path / "0.tfrecords"
    payloads = [b"", b"abc", bytes(range(256)) * 300]
    with tfrecord.RecordWriter(path) as writer:
        for payload in payloads:
            writer.write(payload)
    assert list(tf.data.TFRecordDataset(str(path)).as_numpy_iterator()) == payloads


def test_tensorflow_writes_what_the_readers_read(tmp_path):
    tf = pytest.importorskip("tensorflow")
    path = tmp_path / "0.tfrecords"
    payloads = [b"", b"abc", bytes(range(256)) * 300]
    with tf.io.TFRecordWriter(str(path)) as writer:
        for payload in payloads:
            writer.write(payload)
    assert list(tfrecord.read_records(path)) == payloads
    assert path.read_bytes() == frames(payloads)


def test_the_module_loads_no_tensorflow():
    code = "import sys, meta_dataset.tfrecord; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
