"""Typed access to a versioned JSON file; every complaint names file and field."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from mdtui.core.errors import WorkspaceError

# Raised only when an older program would misread a file, not for each new field.
VERSION = 1

_T = TypeVar("_T")


class DamagedFileError(WorkspaceError, ValueError):
    """A file of the workspace cannot be understood."""


class JsonFields:
    """The fields of one JSON object; those nobody asks for are ignored.

    Every method raises DamagedFileError for a field of another type, and for a
    missing one without a default.

    Args:
      data: content of the file, or an object inside one.
      path: the file, for messages.
    """

    def __init__(self, data: bytes | Mapping[str, Any], path: Path):
        self._path = path
        if isinstance(data, bytes):
            data = self._parsed(data)
        self._values = data

    def _parsed(self, data: bytes) -> Mapping[str, Any]:
        try:
            value = json.loads(data)
        except (ValueError, RecursionError) as error:
            raise DamagedFileError(f"{self._path}: not JSON: {error}") from error
        if not isinstance(value, dict):
            raise DamagedFileError(f"{self._path}: not a JSON object")
        version = value.get("version")
        if not isinstance(version, int) or version < 1:
            raise DamagedFileError(f"{self._path}: has no version")
        if version > VERSION:
            raise DamagedFileError(
                f"{self._path}: version {version} was written by a later mdtui; "
                f"this one reads up to {VERSION}"
            )
        return value

    def _wrong(self, name: str, wanted: str) -> DamagedFileError:
        found = repr(self._values.get(name))[:60]
        return DamagedFileError(f"{self._path}: {name} is {found}, not {wanted}")

    def _get(self, name: str, kind: type[_T], default: _T | None) -> _T:
        value = self._values.get(name, default)
        # A bool is an int to Python, and 1 a valid float to everyone.
        if kind is float and type(value) is int:
            value = float(value)  # type: ignore[assignment]
        if not isinstance(value, kind) or isinstance(value, bool):
            raise self._wrong(name, f"a {kind.__name__}")
        return value

    def text(self, name: str, default: str | None = None) -> str:
        """Returns a string."""
        return self._get(name, str, default)

    def number(self, name: str, default: int) -> int:
        """Returns a whole number, 0 or more."""
        value = self._get(name, int, default)
        if value < 0:
            raise self._wrong(name, "0 or more")
        return value

    def seconds(self, name: str, default: float) -> float:
        """Returns a number of seconds."""
        return self._get(name, float, default)

    def optional(self, name: str, kind: type[_T]) -> _T | None:
        """Returns a value of one kind, or None for null or a missing field."""
        return None if self._values.get(name) is None else self._get(name, kind, None)

    def texts(
        self, name: str, default: tuple[str, ...] | None = None
    ) -> tuple[str, ...]:
        """Returns a list of strings."""
        value = self._values.get(name, default)
        if not isinstance(value, list | tuple) or not all(
            isinstance(item, str) for item in value
        ):
            raise self._wrong(name, "a list of strings")
        return tuple(value)

    def pairs(self, name: str) -> tuple[tuple[str, str], ...]:
        """Returns a list of pairs of strings, empty for a missing field."""
        pairs = []
        for pair in self._get(name, list, []):
            is_pair = isinstance(pair, list) and len(pair) == 2
            if not is_pair or not all(isinstance(item, str) for item in pair):
                raise self._wrong(name, "a list of pairs of strings")
            pairs.append((pair[0], pair[1]))
        return tuple(pairs)

    def choice(self, name: str, kind: type[_T]) -> _T:
        """Returns a member of an enumeration."""
        try:
            return kind(self._values.get(name))  # type: ignore[call-arg]
        except ValueError as error:
            raise self._wrong(name, f"a known {kind.__name__.lower()}") from error

    def optional_choice(self, name: str, kind: type[_T]) -> _T | None:
        """Returns a member of an enumeration, or None for null or a missing field."""
        return None if self._values.get(name) is None else self.choice(name, kind)

    def child(self, name: str) -> JsonFields | None:
        """Returns a nested object, or None for null or a missing field."""
        value = self._values.get(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self._wrong(name, "an object")
        return JsonFields(value, self._path)
