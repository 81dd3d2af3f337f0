"""TensorFlow's errors as ours: one message a person can act on.

An exception raised by Python code inside an input pipeline comes out of TensorFlow as
one of its own errors, with the original as text in the middle of a traceback. Here the
original is found again.
"""

import re
from collections.abc import Iterator

import tensorflow as tf

from meta_dataset.errors import MetaDatasetError, RecordError

_RAISED = re.compile(r"(?:^|[\s.])(?P<name>[A-Z]\w*(?:Error|Exception)): (?P<text>.*)")
_END = re.compile(r"\n\s*\n|\nTraceback|\n\t|\n\s*\[\[")
_TOO_MANY_FILES = "Too many open files"


def explain(error: tf.errors.OpError) -> MetaDatasetError | None:
    """Returns what went wrong as one of our errors, None if it is unknown.

    Args:
      error: as TensorFlow raised it.
    """
    message = str(error)
    ours = _raised_inside(message)
    if ours is not None:
        return ours
    first_line = message.strip().splitlines()[0] if message.strip() else repr(error)
    if _TOO_MANY_FILES in message:
        return RecordError(
            f"Too many open files ({first_line}). Raise the limit with `ulimit -n 10000` "
            "before the command, or use DataConfig.reader = 'indexed'."
        )
    if isinstance(error, tf.errors.DataLossError):
        return RecordError(
            f"A record is truncated or damaged: {first_line}. Convert that dataset again."
        )
    if isinstance(error, tf.errors.ResourceExhaustedError):
        return MetaDatasetError(
            f"Out of memory (OOM): {first_line}. Lower Trainer.batch_size, "
            "EpisodeDescriptionConfig.max_support_set_size or DataConfig.image_height, "
            "or use a device with more memory."
        )
    if isinstance(error, tf.errors.NotFoundError) and ".tfrecords" in message:
        return RecordError(f"A record file is missing: {first_line}.")
    return None


def _raised_inside(message: str) -> MetaDatasetError | None:
    """Returns the one of our exceptions that a TensorFlow message quotes."""
    ours = {kind.__name__: kind for kind in _kinds(MetaDatasetError)}
    for match in _RAISED.finditer(message):
        if match["name"] in ours:
            text = message[match.start("text") :]
            text = _END.split(text, maxsplit=1)[0].strip()
            failure = MetaDatasetError(text)
            failure.exit_code = ours[match["name"]].exit_code
            return failure
    return None


def _kinds(kind: type[MetaDatasetError]) -> Iterator[type[MetaDatasetError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from _kinds(below)
