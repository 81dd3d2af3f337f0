"""Whether the value of a setting is of the kind that its declaration says.

Python does not look at annotations, and TensorFlow complains about a wrong value far
from the setting that it came from. What is asked here of a declaration is what people
can write in a gin file: numbers, True and False, texts, None, pairs. Every other
annotation accepts everything.
"""

import dataclasses
import math
import numbers
import types
import typing
from collections.abc import Callable, Sequence
from typing import Any

from meta_dataset.errors import UsageError


class SettingError(UsageError, ValueError):
    """A setting has a value of the wrong kind or out of range."""


def wanted(value: Any, kind: Any) -> str | None:
    """Returns what a value must be instead, None if it is of the kind already.

    Args:
      value: of a setting.
      kind: the annotation of that setting. A whole number is a number, True is neither;
        numbers are finite.
    """
    accepted, words = _TESTS.get(kind, (None, ""))
    if accepted is not None:
        return None if accepted(value) else words
    arguments = typing.get_args(kind)
    if typing.get_origin(kind) in (types.UnionType, typing.Union):
        problems = [wanted(value, argument) for argument in arguments]
        return None if None in problems else " or ".join(filter(None, problems))
    if typing.get_origin(kind) is tuple and arguments == (int, int):
        return None if _is_pair(value) else "a pair of whole numbers"
    if dataclasses.is_dataclass(kind):
        return None if isinstance(value, kind) else f"@{kind.__name__}()"
    return None


def declared(configurable: Callable[..., Any]) -> dict[str, Any]:
    """Returns {parameter: annotation} of a class or function, as far as it has any."""
    try:
        return typing.get_type_hints(configurable)
    except (NameError, TypeError):  # names that only a type checker knows
        return {}


def check(settings: Any, fewest: Sequence[tuple[str, float]] = ()) -> None:
    """Checks the fields of a dataclass that gin binds under the name of the class.

    Args:
      settings: an instance.
      fewest: (field, smallest value) of fields that have one; None is below nothing.

    Raises:
      SettingError: a field is of another kind than declared, or too small; the message
        names it as a binding would.
    """
    kinds = declared(type(settings))
    for field in dataclasses.fields(settings):
        value = getattr(settings, field.name)
        words = wanted(value, kinds.get(field.name, Any))
        if words is not None:
            raise SettingError(_message(settings, field.name, words))
    for name, least in fewest:
        value = getattr(settings, name)
        if value is not None and value < least:
            raise SettingError(_message(settings, name, f"at least {least}"))


def _message(settings: Any, name: str, words: str) -> str:
    value = getattr(settings, name)
    return f"{type(settings).__name__}.{name} = {value!r}: it must be {words}."


def _is_whole(value: Any) -> bool:
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    is_number = isinstance(value, numbers.Real) and not isinstance(value, bool)
    return is_number and math.isfinite(value)


def _is_pair(value: Any) -> bool:
    is_pair = isinstance(value, list | tuple) and len(value) == 2
    return is_pair and all(map(_is_whole, value))


_TESTS: dict[Any, tuple[Callable[[Any], bool], str]] = {
    bool: (lambda value: isinstance(value, bool), "True or False"),
    int: (_is_whole, "a whole number"),
    float: (_is_number, "a number"),
    str: (lambda value: isinstance(value, str), "a text in quotes"),
    types.NoneType: (lambda value: value is None, "None"),
}
