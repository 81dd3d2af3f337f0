"""What gin files say, without running them.

The files and their includes are parsed with gin's own parser; references stay text,
nothing they name is imported, and the last binding of a parameter wins, as in gin.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from gin import config_parser

from mdtui.core.errors import UsageError

# Deep enough for any sensible tree of includes; a file that includes itself stops here.
_MAX_DEPTH = 20


class Reference(str):
    """A reference to a configurable, such as `@train/EpisodeDescriptionConfig()`."""


class Macro(str):
    """The name of a macro, without its percent sign."""


class _Delegate(config_parser.ParserDelegate):
    """Keeps references and macros as text."""

    def configurable_reference(self, name: str, evaluate: bool) -> Reference:
        return Reference(f"@{name}()" if evaluate else f"@{name}")

    def macro(self, name: str) -> Macro:
        return Macro(name)


def read_files(
    names: Iterable[str], find: Callable[[str], Path | None]
) -> dict[str, Any]:
    """Returns the bindings of gin files, the later file winning.

    Args:
      names: the files, in order, spelled as on the command line.
      find: turns a spelling into a path, None when there is no such file.

    Returns:
      {"scope/Selector.parameter": value}; a macro's definition under its bare name.

    Raises:
      UsageError: a file is missing, unreadable or does not parse.
    """
    bindings: dict[str, Any] = {}
    for name in names:
        _read_file(name, find, bindings, depth=0)
    return bindings


def read_bindings(lines: Iterable[str]) -> dict[str, Any]:
    """Returns the bindings of `--gin_bindings` values."""
    bindings: dict[str, Any] = {}
    for line in lines:
        _read_text(line, f"binding {line!r}", lambda _: None, bindings, _MAX_DEPTH)
    return bindings


def resolve(bindings: Mapping[str, Any], key: str, default: Any = None) -> Any:
    """Returns the value bound to `key`, macros replaced; `default` when unbound."""
    value = bindings.get(key, default)
    for _ in range(_MAX_DEPTH):
        if not isinstance(value, Macro):
            return value
        value = bindings.get(str(value), default)
    return default


def _read_file(
    name: str,
    find: Callable[[str], Path | None],
    bindings: dict[str, Any],
    depth: int,
) -> None:
    path = find(name)
    if path is None:
        raise UsageError(f"There is no gin file {name}. Check the name.")
    if depth > _MAX_DEPTH:
        raise UsageError(f"{path} is included by itself. Remove the circle.")
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"The gin file {path} cannot be read: {error}.") from None
    _read_text(text, str(path), find, bindings, depth)


def _read_text(
    text: str,
    where: str,
    find: Callable[[str], Path | None],
    bindings: dict[str, Any],
    depth: int,
) -> None:
    try:
        statements = list(config_parser.ConfigParser(text, _Delegate()))
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        place = f"{where}, line {line}" if line else where
        message = str(error).splitlines()[0] if str(error) else "not valid gin"
        raise UsageError(f"{place} does not parse: {message}.") from None
    for statement in statements:
        if isinstance(statement, config_parser.IncludeStatement):
            _read_file(statement.filename, find, bindings, depth + 1)
        elif isinstance(statement, config_parser.BindingStatement):
            bindings[_key(statement)] = statement.value


def _key(statement: config_parser.BindingStatement) -> str:
    scope = f"{statement.scope}/" if statement.scope else ""
    if not statement.arg_name:  # a macro: `weight_decay = 1e-4`
        return f"{scope}{statement.selector}"
    return f"{scope}{statement.selector}.{statement.arg_name}"
