"""TensorFlow's errors as ours: one message a person can act on.

TensorFlow turns whatever Python raises inside a pipeline into one of its own errors,
with a traceback in its text: here the original comes back. Those of TensorFlow's own
errors that a person can mend get the words for it.
"""

from __future__ import annotations

import collections
import contextlib
import re
from collections.abc import Callable, Iterator
from typing import Any

import tensorflow as tf

from meta_dataset.errors import MetaDatasetError, RecordError

_DECODING = ("DecodeImage", "ParseExample")  # operations of decoders, named in errors
_PREFIX = re.compile(r"^.*Iterator::\S*: ")  # where in a pipeline
_TOO_MANY_FILES = "Too many open files"

_raised: collections.deque[MetaDatasetError] = collections.deque(maxlen=16)


@contextlib.contextmanager
def remembering() -> Iterator[None]:
    """Lets `explained` know again what is raised within."""
    try:
        yield
    except MetaDatasetError as error:
        _raised.append(error)
        raise


def remembered(function: Callable[..., Any]) -> Callable[..., Any]:
    """Returns the function, whose errors `explained` will know again."""

    def call(*arguments: Any) -> Any:
        with remembering():
            return function(*arguments)

    return call


@contextlib.contextmanager
def explained() -> Iterator[None]:
    """Raises what a reader raised, or what can be done, instead of TensorFlow's error.

    Errors that nobody but a programmer can mend stay as they are.
    """
    try:
        yield
    except tf.errors.OpError as error:
        for original in reversed(_raised):
            if str(original) in error.message:
                raise original from None
        explanation = _explanation(error)
        if explanation is None:
            raise
        raise explanation from error


def iterate(dataset: tf.data.Dataset) -> Iterator[Any]:
    """Yields the elements of a dataset; its errors are `explained`.

    Raises:
      RecordError: records are missing or damaged.
      MetaDatasetError: episodes that the settings ask for cannot be made.
    """
    with explained():
        try:
            yield from dataset
        except UnicodeDecodeError as error:  # TensorFlow 2.21 quotes bytes as text
            raise _undecodable("it holds no tf.train.Example") from error


def _explanation(error: tf.errors.OpError) -> MetaDatasetError | None:
    """Returns what went wrong in our words, None if nobody can mend it."""
    reason = _PREFIX.sub("", (error.message.strip() or repr(error)).splitlines()[0])
    if any(operation in error.message for operation in _DECODING):
        return _undecodable(reason)
    if _TOO_MANY_FILES in error.message:
        return RecordError(
            f"Too many open files ({reason}). Raise the limit with `ulimit -n 10000` "
            "before the command, or use DataConfig.reader = 'indexed'."
        )
    if isinstance(error, tf.errors.DataLossError):
        return RecordError(
            f"A record is truncated or damaged: {reason}. Convert that dataset again."
        )
    if isinstance(error, tf.errors.NotFoundError) and ".tfrecords" in error.message:
        return RecordError(f"A record file is missing: {reason}.")
    if isinstance(error, tf.errors.ResourceExhaustedError):
        return MetaDatasetError(
            f"Out of memory (OOM): {reason}. Lower Trainer.batch_size, "
            "EpisodeDescriptionConfig.max_support_set_size or DataConfig.image_height, "
            "or use a device with more memory."
        )
    return None


def _undecodable(reason: str) -> RecordError:
    return RecordError(
        f"A record could not be decoded: {reason.rstrip('. ')}. Check that the decoder "
        "that is bound suits the records (process_episode, process_batch), or convert "
        "the dataset again."
    )
