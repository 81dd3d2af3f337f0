"""Errors of readers, on their way through tf.data.

TensorFlow turns whatever Python raises inside a pipeline into one of its own errors,
with a traceback in its text. Here the original comes back.
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

_raised: collections.deque[MetaDatasetError] = collections.deque(maxlen=16)


@contextlib.contextmanager
def remembering() -> Iterator[None]:
    """Lets `restored` know again what is raised within."""
    try:
        yield
    except MetaDatasetError as error:
        _raised.append(error)
        raise


def remembered(function: Callable[..., Any]) -> Callable[..., Any]:
    """Returns the function, whose errors `restored` will know again."""

    def call(*arguments: Any) -> Any:
        with remembering():
            return function(*arguments)

    return call


@contextlib.contextmanager
def restored() -> Iterator[None]:
    """Raises what a reader raised, instead of TensorFlow's version of it."""
    try:
        yield
    except tf.errors.OpError as error:
        for original in reversed(_raised):
            if str(original) in error.message:
                raise original from None
        if any(operation in error.message for operation in _DECODING):
            reason = _PREFIX.sub("", error.message.splitlines()[0])
            raise _undecodable(reason) from error
        raise
    except UnicodeDecodeError as error:  # TensorFlow 2.21 quotes bytes as text
        raise _undecodable("it holds no tf.train.Example") from error


def _undecodable(reason: str) -> RecordError:
    return RecordError(
        f"A record could not be decoded: {reason.rstrip('. ')}. Check that the decoder "
        "that is bound suits the records (process_episode, process_batch), or convert "
        "the dataset again."
    )


def iterate(dataset: tf.data.Dataset) -> Iterator[Any]:
    """Yields the elements of a dataset; errors of readers come out as they were raised.

    Raises:
      RecordError: records are missing or damaged.
      MetaDatasetError: episodes that the settings ask for cannot be made.
    """
    with restored():
        yield from dataset
