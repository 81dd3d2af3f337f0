"""Errors of readers, on their way through tf.data.

TensorFlow turns whatever Python raises inside a pipeline into one of its own errors,
with a traceback in its text. Here the original comes back.
"""

from __future__ import annotations

import collections
import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import tensorflow as tf

from meta_dataset.errors import MetaDatasetError

_raised: collections.deque[MetaDatasetError] = collections.deque(maxlen=16)


def remembered(function: Callable[..., Any]) -> Callable[..., Any]:
    """Returns the function, whose errors `restored` will know again."""

    def call(*arguments: Any) -> Any:
        try:
            return function(*arguments)
        except MetaDatasetError as error:
            _raised.append(error)
            raise

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
        raise


def iterate(dataset: tf.data.Dataset) -> Iterator[Any]:
    """Yields the elements of a dataset; errors of readers come out as they were raised.

    Raises:
      RecordError: records are missing or damaged.
      MetaDatasetError: episodes that the settings ask for cannot be made.
    """
    with restored():
        yield from dataset
