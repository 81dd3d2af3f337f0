"""Loading TensorFlow without the lines it prints at every start.

TensorFlow 2.21 writes notes about its build and about missing GPUs straight to the
error stream before its own log level applies. They would be the first thing in every
run's log. Whoever sets TF_CPP_MIN_LOG_LEVEL to 0 or 1 sees everything.
"""

import os
import re
import sys
import tempfile

from absl import logging

_LEVEL = "TF_CPP_MIN_LOG_LEVEL"
_GROWTH = "TF_FORCE_GPU_ALLOW_GROWTH"
_NOISE = re.compile(
    rb"WARNING: All log messages before absl::InitializeLog"
    rb"|[IW]\d{4} \d\d:\d\d:"
    rb"|To enable the following instructions"
    rb"|E\d{4} .*(cuInit|CUDA_ERROR_NO_DEVICE|Unable to register cu)"
)


def load() -> None:
    """Imports TensorFlow and lets it look for GPUs; logs what it will run on.

    Sets TF_CPP_MIN_LOG_LEVEL (2: errors only) and TF_FORCE_GPU_ALLOW_GROWTH (memory as
    needed, so that several runs can share a GPU) unless they are set. Switches
    TensorFloat-32 off.
    """
    os.environ.setdefault(_GROWTH, "true")
    wants_everything = os.environ.setdefault(_LEVEL, "2") in ("0", "1")
    gpus = _import() if wants_everything else _import_quietly()
    visible = os.environ.get("CUDA_VISIBLE_DEVICES", "")
    if gpus:
        logging.info("Running on %d GPU(s).", gpus)
    elif visible.strip() not in ("", "-1"):
        logging.warning(
            "CUDA_VISIBLE_DEVICES is %s, but TensorFlow can use no GPU: running on the "
            "CPU.",
            visible,
        )
    else:
        logging.info("Running on the CPU.")


def _import() -> int:
    """Imports TensorFlow, exact in float32; returns the number of GPUs it can use."""
    import tensorflow as tf

    # Else GPUs since Ampere round the factors of products to 10 bits (TensorFloat-32);
    # the published numbers come from GPUs that cannot.
    tf.config.experimental.enable_tensor_float_32_execution(False)
    return len(tf.config.list_physical_devices("GPU"))


def _import_quietly() -> int:
    """Does so with the error stream kept aside; what is no noise is printed after."""
    sys.stderr.flush()
    with tempfile.TemporaryFile() as kept:
        stream = os.dup(2)
        os.dup2(kept.fileno(), 2)
        try:
            return _import()
        finally:
            os.dup2(stream, 2)
            os.close(stream)
            kept.seek(0)
            _replay(kept.read())


def _replay(text: bytes) -> None:
    for line in text.splitlines(keepends=True):
        if not _NOISE.match(line):
            os.write(2, line)
