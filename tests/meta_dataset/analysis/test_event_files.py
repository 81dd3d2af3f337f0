"""Event files on disk: growing, cut, damaged, replaced, foreign, and real ones."""

import itertools
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary

from meta_dataset.analysis import event_files
from meta_dataset.analysis.event_files import EventFileReader
from meta_dataset.tfrecord import frame, masked_crc

REFERENCE = pathlib.Path(__file__).parents[2] / "data/reference_events"


def _event(step, value, tag="train_loss"):
    message = Event(
        step=step,
        wall_time=1000.0 + step,
        summary=Summary(value=[Summary.Value(tag=tag, simple_value=value)]),
    )
    return frame(message.SerializeToString())


HEADER = frame(Event(wall_time=1000, file_version="brain.Event:2").SerializeToString())


@pytest.fixture
def path(tmp_path):
    return tmp_path / "events.out.tfevents.1000.host"


def _append(path, data):
    with open(path, "ab") as file:
        file.write(data)


def _steps(scalars, tag="train_loss"):
    return scalars.points[tag].steps.tolist() if tag in scalars.points else []


def test_each_look_returns_what_is_new(path):
    path.write_bytes(HEADER + _event(0, 1.0))
    reader = EventFileReader(path)
    assert _steps(reader.read()) == [0]
    assert not reader.read()
    _append(path, _event(1, 0.5) + _event(2, 0.25))
    points = reader.read().points["train_loss"]
    assert points.steps.tolist() == [1, 2]
    assert points.values.tolist() == [0.5, 0.25]
    assert points.wall_times.tolist() == [1001.0, 1002.0]
    assert reader.damage == ()


def test_every_cut_is_not_yet_and_continues(path):
    data = HEADER + b"".join(_event(step, step) for step in range(3))
    for cut in range(len(data) + 1):
        path.write_bytes(data[:cut])
        reader = EventFileReader(path)
        before = _steps(reader.read())
        assert reader.damage == ()
        _append(path, data[cut:])
        assert before + _steps(reader.read()) == [0, 1, 2]
        assert (reader.damage, reader.pending_bytes) == ((), 0)


def test_every_flipped_bit_costs_one_record(path):
    records = [HEADER, *(_event(step, step / 8) for step in range(4))]
    data = b"".join(records)
    for bit in range(0, 8 * len(data), 5):
        damaged = bytearray(data)
        damaged[bit // 8] ^= 1 << bit % 8
        path.write_bytes(damaged)
        reader = EventFileReader(path)
        points = reader.read().points["train_loss"]
        assert np.array_equal(points.values, points.steps / 8)
        lost = 0 if bit // 8 < len(HEADER) else 1
        assert len(points) == 4 - lost
        assert len(reader.damage) == 1 or reader.pending_bytes


def test_damage_is_reported_with_file_and_offset(path):
    bad = bytearray(_event(1, 1.0))
    bad[20] ^= 4
    path.write_bytes(HEADER + bytes(bad) + _event(2, 2.0))
    reader = EventFileReader(path)
    assert _steps(reader.read()) == [2]
    (damage,) = reader.damage
    assert (damage.path, damage.offset) == (path, len(HEADER))
    assert damage.length == len(bad)
    assert str(path) in str(damage)
    assert f"byte {len(HEADER)} " in str(damage)


def test_damage_at_the_end_is_reported_until_its_end_is_known(path):
    path.write_bytes(HEADER + _event(1, 1.0) + b"junk" * 10)
    reader = EventFileReader(path)
    assert _steps(reader.read()) == [1]
    (damage,) = reader.damage
    assert damage.length == 40
    _append(path, b"junk" * 10)
    assert not reader.read()
    assert [damage.length for damage in reader.damage] == [80]
    _append(path, _event(2, 1.0))
    assert _steps(reader.read()) == [2]
    assert [damage.length for damage in reader.damage] == [80]


def test_a_hole_that_is_filled_later_was_only_not_yet(path):
    late = _event(1, 1.0)
    path.write_bytes(HEADER + bytes(len(late)))
    reader = EventFileReader(path)
    assert not reader.read()
    with open(path, "r+b") as file:
        file.seek(len(HEADER))
        file.write(late + _event(2, 2.0))
    assert _steps(reader.read()) == [1, 2]
    assert reader.damage == ()


def test_much_damage_is_counted_not_listed(path):
    bad = bytearray(_event(1, 1.0))
    bad[-1] ^= 1
    path.write_bytes((bytes(bad) + _event(2, 2.0)) * 250)
    reader = EventFileReader(path)
    assert len(_steps(reader.read())) == 250
    assert len(reader.damage) == 101
    assert "150 more" in reader.damage[-1].reason


def test_a_file_that_shrinks_is_read_anew(path):
    path.write_bytes(HEADER + _event(1, 1.0) + _event(2, 2.0))
    reader = EventFileReader(path)
    reader.read()
    path.write_bytes(HEADER + _event(5, 1.0))
    scalars = reader.read()
    assert scalars.replaced
    assert _steps(scalars) == [5]


def test_a_file_overwritten_by_a_longer_one_is_read_anew(path):
    path.write_bytes(HEADER + _event(1, 1.0))
    reader = EventFileReader(path)
    reader.read()
    path.write_bytes(HEADER + _event(5, 1.0) + _event(6, 1.0))
    scalars = reader.read()
    assert scalars.replaced
    assert _steps(scalars) == [5, 6]


def test_a_file_renamed_over_it_is_read_anew(path, tmp_path):
    path.write_bytes(HEADER + b"junk")
    reader = EventFileReader(path)
    reader.read()
    other = tmp_path / "other"
    other.write_bytes(HEADER + _event(9, 1.0))
    os.replace(other, path)
    scalars = reader.read()
    assert scalars.replaced
    assert _steps(scalars) == [9]
    assert reader.damage == ()


def test_an_empty_file_is_not_yet(path):
    path.touch()
    reader = EventFileReader(path)
    assert not reader.read()
    assert (reader.damage, reader.pending_bytes) == ((), 0)
    _append(path, HEADER + _event(0, 1.0))
    assert _steps(reader.read()) == [0]


@pytest.mark.parametrize(
    "data", [b"not an event file\n" * 100, bytes(range(256)) * 50, b"\xff" * 5000]
)
def test_a_foreign_file_is_damage(path, data):
    path.write_bytes(data)
    reader = EventFileReader(path)
    assert not reader.read()
    (damage,) = reader.damage
    assert (damage.offset, damage.length) == (0, len(data))


def test_a_huge_length_waits_and_takes_no_memory(path):
    length = (1 << 27).to_bytes(8, "little")
    header = length + masked_crc(length).to_bytes(4, "little")
    path.write_bytes(HEADER + _event(1, 1.0) + header + b"x" * 100)
    reader = EventFileReader(path)
    assert _steps(reader.read()) == [1]
    assert reader.pending_bytes == 112
    assert reader.damage == ()


def test_a_record_longer_than_a_piece_is_read(path):
    graph = frame(Event(graph_def=bytes(range(256)) * 40_000).SerializeToString())
    path.write_bytes(HEADER + graph + _event(1, 1.0))
    reader = EventFileReader(path)
    assert _steps(reader.read()) == [1]
    assert reader.damage == ()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_neither_pieces_nor_looks_change_the_answer(tmp_path, choose):
    data = bytearray(HEADER + b"".join(_event(step, step / 8) for step in range(9)))
    for _ in range(choose.draw(st.integers(0, 3))):
        place = choose.draw(st.integers(0, len(data) - 1))
        data[place] ^= choose.draw(st.integers(1, 255))
    whole, grown = tmp_path / "whole", tmp_path / "grown"
    whole.write_bytes(data)
    grown.unlink(missing_ok=True)
    at_once, looking = EventFileReader(whole), EventFileReader(grown)
    expected = at_once.read().points
    found = []
    cuts = choose.draw(st.lists(st.integers(0, len(data)), max_size=5).map(sorted))
    with pytest.MonkeyPatch.context() as patched:
        size = choose.draw(st.integers(1, 99))
        patched.setattr(event_files, "_CHUNK_BYTES", size)
        for start, end in itertools.pairwise([0, *cuts, len(data)]):
            _append(grown, data[start:end])
            found.append(looking.read())
    assert not any(scalars.replaced for scalars in found)
    for tag in {"train_loss", *expected}:
        steps = [step for scalars in found for step in _steps(scalars, tag)]
        assert steps == (expected[tag].steps.tolist() if tag in expected else [])
    places = [(damage.offset, damage.length) for damage in looking.damage]
    assert places == [(damage.offset, damage.length) for damage in at_once.damage]


def test_a_pipe_of_that_name_does_not_block(path):
    os.mkfifo(path)
    with pytest.raises(OSError, match="not a regular file"):
        EventFileReader(path).read()


def test_a_missing_file_is_an_error_and_may_come_back(path):
    reader = EventFileReader(path)
    with pytest.raises(FileNotFoundError):
        reader.read()
    path.write_bytes(HEADER + _event(1, 1.0))
    assert _steps(reader.read()) == [1]


def test_a_failing_read_loses_nothing(path, monkeypatch):
    path.write_bytes(HEADER + _event(1, 1.0))
    reader = EventFileReader(path)
    reader.read()
    _append(path, _event(2, 1.0) + _event(3, 1.0))
    real, calls = os.pread, []

    def failing(descriptor, size, offset):
        calls.append(offset)
        if len(calls) == 4:  # two landmarks, one piece, then the disk fails
            raise OSError(5, "Input/output error")
        return real(descriptor, size, offset)

    monkeypatch.setattr(os, "pread", failing)
    with pytest.raises(OSError, match="Input/output"):
        reader.read()
    monkeypatch.setattr(os, "pread", real)
    assert _steps(reader.read()) == [2, 3]


def test_the_published_trainer_s_files_agree_with_tensorboard():
    # TensorBoard's loader needs TensorFlow; its record format is framed plainly.
    for path in sorted(REFERENCE.rglob("events.out.tfevents.*")):
        reader = EventFileReader(path)
        found = reader.read().points
        expected, data, place = {}, path.read_bytes(), 0
        while place < len(data):
            length = int.from_bytes(data[place : place + 8], "little")
            event = Event.FromString(data[place + 12 : place + 12 + length])
            place += length + 16
            for value in event.summary.value:
                number = value.simple_value
                if value.HasField("tensor"):
                    if value.tensor.tensor_shape.dim:
                        continue
                    number = int.from_bytes(value.tensor.tensor_content, "little")
                row = event.step, number, event.wall_time
                expected.setdefault(value.tag, []).append(row)
        assert found.keys() == expected.keys()
        for tag, rows in expected.items():
            points = found[tag]
            columns = points.steps, points.values, points.wall_times
            assert np.array_equal(np.transpose(columns), np.array(rows))
        assert reader.damage == ()
        assert reader.pending_bytes == 0


def test_neither_tensorflow_nor_tensorboard_is_loaded():
    (path,) = (REFERENCE / "test").glob("events.out.tfevents.*")
    code = (
        "import sys; from meta_dataset.analysis.event_files import EventFileReader;"
        f"EventFileReader({str(path)!r}).read();"
        "print([m for m in sys.modules if m.startswith('tensor')])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"


def test_a_rare_record_loads_tensorboard_s_classes_without_tensorflow(path):
    code = (
        "import sys; from meta_dataset.analysis.event_files import EventFileReader;"
        f"print(EventFileReader({str(path)!r}).read().points['t'].values);"
        "print([m for m in sys.modules if m.split('.')[0] == 'tensorflow'])"
    )
    value = Summary.Value(tag="t")
    value.tensor.dtype = 3
    value.tensor.int_val.append(4)
    message = Event(summary=Summary(value=[value]))
    path.write_bytes(HEADER + frame(message.SerializeToString()))
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert run.stdout.split("\n")[:2] == ["[4.]", "[]"]
