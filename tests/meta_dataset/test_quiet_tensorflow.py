import os

import pytest

from meta_dataset import quiet_tensorflow

NOISE = [
    b"WARNING: All log messages before absl::InitializeLog() is called are written\n",
    b"I0000 00:00:1795424351.425644    7199 port.cc:153] oneDNN custom operations\n",
    b"E0000 00:00:1795424380.290410 7260 cuda_platform.cc:52] failed call to cuInit\n",
    b"To enable the following instructions: AVX2 FMA, in other operations, rebuild\n",
]
SIGNAL = [
    b"E0000 00:00:1795424380.290410 7260 gpu.cc:52] out of memory\n",
    b"Traceback (most recent call last):\n",
]


@pytest.mark.parametrize("line", NOISE)
def test_notes_of_every_start_are_left_out(line, capfd):
    quiet_tensorflow._replay(line)
    assert capfd.readouterr().err == ""


def test_the_rest_is_printed(capfd):
    quiet_tensorflow._replay(b"".join(NOISE + SIGNAL))
    assert capfd.readouterr().err.encode() == b"".join(SIGNAL)


def test_defaults_are_set_unless_the_user_did(monkeypatch):
    monkeypatch.setattr(quiet_tensorflow, "_import", lambda: 0)
    monkeypatch.delenv("TF_CPP_MIN_LOG_LEVEL", raising=False)
    monkeypatch.delenv("TF_FORCE_GPU_ALLOW_GROWTH", raising=False)
    quiet_tensorflow.load()
    assert os.environ["TF_CPP_MIN_LOG_LEVEL"] == "2"
    assert os.environ["TF_FORCE_GPU_ALLOW_GROWTH"] == "true"
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "0")
    quiet_tensorflow.load()
    assert os.environ["TF_CPP_MIN_LOG_LEVEL"] == "0"


def test_products_keep_their_digits(capfd):
    """Newer GPUs round factors to 10 bits unless told not to; the published ran on P100."""
    import tensorflow as tf

    tf.config.experimental.enable_tensor_float_32_execution(True)
    quiet_tensorflow.load()
    assert not tf.config.experimental.tensor_float_32_execution_enabled()


def test_what_an_import_prints_before_it_fails_is_not_lost(monkeypatch, capfd):
    def fail():
        os.write(2, b"".join(SIGNAL))
        raise ImportError("no such library")

    monkeypatch.setattr(quiet_tensorflow, "_import", fail)
    monkeypatch.delenv("TF_CPP_MIN_LOG_LEVEL", raising=False)
    with pytest.raises(ImportError):
        quiet_tensorflow.load()
    assert "out of memory" in capfd.readouterr().err
