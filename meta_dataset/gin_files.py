"""Finding gin files and reading their statements, without running them.

The published command lines and includes spell paths from the root of a checkout
(`meta_dataset/learn/gin/best/x.gin`). They are found from any working directory, in a
checkout and in an installed package, because the folder above this package is part of
the search. Every statement keeps the file and line it comes from, so that a message
about it can name them. What the names in the statements mean is not known here
(`gin_settings`).
"""

import difflib
import tokenize
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from gin import config_parser

from meta_dataset.errors import UsageError

_PACKAGE = Path(__file__).resolve().parent
GIN_FOLDER = _PACKAGE / "learn" / "gin"
"""The settings that come with the package."""

PUBLISHED = "meta_dataset/learn/gin"
"""How the walk-through and the includes spell that folder."""

SEARCH_PATH = (Path(), _PACKAGE.parent, _PACKAGE / "learn")
"""Where relative names are looked up, in order: the working directory first."""


class Reference(NamedTuple):
    """A configurable named by a value: `@scope/name`, or its call with `()`."""

    name: str  # with scopes
    evaluate: bool


class Macro(NamedTuple):
    """A macro named by a value: `%name`."""

    name: str


class Binding(NamedTuple):
    """One statement that binds a parameter, or defines a macro."""

    scope: str
    selector: str  # of the configurable; of the macro itself in a definition
    parameter: str  # empty in the definition of a macro
    value: Any  # with `Reference` and `Macro` where the text has them
    where: str  # for people: file and line, or the flag

    @property
    def key(self) -> str:
        """The binding as it is written, up to the equals sign."""
        scope = f"{self.scope}/" if self.scope else ""
        parameter = f".{self.parameter}" if self.parameter else ""
        return f"{scope}{self.selector}{parameter}"


class _Delegate(config_parser.ParserDelegate):
    """Keeps references and macros as values."""

    def configurable_reference(self, scoped_configurable_name, evaluate):
        return Reference(scoped_configurable_name, evaluate)

    def macro(self, macro_name):
        return Macro(macro_name)


def find(name: str, included_by: str = "") -> Path:
    """Returns the path of a gin file.

    Args:
      name: as on the command line or in an include.
      included_by: where the include stands, for the message.

    Raises:
      UsageError: there is no such file; the message names the nearest one.
    """
    for folder in SEARCH_PATH:
        path = folder / name
        if path.is_file():
            return path
    place = f" ({included_by})" if included_by else ""
    raise UsageError(f"There is no gin file {name!r}{place}.{_nearest_files(name)}")


def _nearest_files(name: str) -> str:
    """Returns a sentence with the files that `name` may have meant; may be empty."""
    published = [
        path.relative_to(GIN_FOLDER).as_posix()
        for path in sorted(GIN_FOLDER.glob("*/*.gin"))
    ]
    asked = "/".join(Path(name).parts[-2:])
    near = difflib.get_close_matches(asked, published, n=3, cutoff=0.5)
    if near:
        return " Nearest: " + ", ".join(f"{PUBLISHED}/{match}" for match in near) + "."
    beside = [path.name for folder in SEARCH_PATH for path in _gin_files(folder, name)]
    near = difflib.get_close_matches(Path(name).name, beside, n=1, cutoff=0.5)
    if near:
        return f" Nearest in that folder: {near[0]}."
    return f" The settings that come with the package are in {GIN_FOLDER}."


def _gin_files(folder: Path, name: str) -> list[Path]:
    """Returns the gin files of the folder that `name` points into."""
    try:
        return sorted((folder / name).parent.glob("*.gin"))
    except OSError:
        return []


def read(files: Sequence[str], bindings: Sequence[str]) -> list[Binding]:
    """Returns all bindings of files (includes followed) and bindings, in order.

    The last one of a key is the one that counts.

    Raises:
      UsageError: a file is missing or unreadable, or a statement does not parse.
    """
    found: list[Binding] = []
    for name in files:
        found.extend(_read_file(name, (), ""))
    for text in bindings:
        found.extend(_statements(text, f"--gin_bindings={text!r}", ()))
    return found


def _read_file(
    name: str, parents: tuple[Path, ...], included_by: str
) -> Iterator[Binding]:
    path = find(name, included_by)
    if path.resolve() in parents:
        raise UsageError(f"{path} includes itself ({included_by}).")
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"Cannot read the gin file {path}: {error}") from error
    yield from _statements(text, str(path), (*parents, path.resolve()))


def _statements(text: str, name: str, parents: tuple[Path, ...]) -> Iterator[Binding]:
    """Yields the bindings of `text`; `name` is the file or flag it comes from."""
    try:
        for statement in config_parser.ConfigParser(text, _Delegate()):
            where = name
            if parents:
                where = f"{name}, line {statement.location.line_num}"
            if isinstance(statement, config_parser.IncludeStatement):
                yield from _read_file(
                    statement.filename, parents, f"included in {where}"
                )
            elif isinstance(statement, config_parser.BindingStatement):
                yield _binding(statement, where)
    except (SyntaxError, tokenize.TokenError) as error:
        raise UsageError(_syntax_message(error, name, bool(parents))) from error


def _binding(statement: config_parser.BindingStatement, where: str) -> Binding:
    scope, selector, parameter = statement[:3]
    return Binding(scope or "", selector, parameter or "", statement.value, where)


def _syntax_message(error: Exception, name: str, is_file: bool) -> str:
    """Returns what does not parse, where, and the usual mistake."""
    line = ""
    hint = ""
    if isinstance(error, SyntaxError):
        what = error.msg
        if "malformed node" in what or "Unable to parse value" in what:
            what = "the value cannot be read."
            hint = " Text needs quotes of its own: Trainer.experiment_name='name'."
        if is_file and error.lineno:
            line = f", line {error.lineno}"
        if is_file and error.text:
            line += f": {error.text.strip()}"
    else:
        what = str(error.args[0])
    return f"{name}{line}: {what}{hint}"


def value_of(bindings: Sequence[Binding], key: str, default: Any = None) -> Any:
    """Returns the value that counts for an unscoped key, macros replaced.

    Args:
      bindings: in order, the last one wins.
      key: such as 'Trainer.num_updates'; a module before the name does not matter.
      default: if nothing binds it.
    """
    wanted = key.split(".")
    for binding in reversed(bindings):
        parts = binding.key.split(".")
        if not binding.scope and parts[-len(wanted) :] == wanted:
            value = without_macro(bindings, binding.value)
            return default if isinstance(value, Macro) else value
    return default


def without_macro(bindings: Sequence[Binding], value: Any) -> Any:
    """Returns the value that a macro stands for; one without definition as it is."""
    for _ in range(len(bindings)):  # a macro may name another one
        if not isinstance(value, Macro):
            break
        definitions = [
            binding.value
            for binding in bindings
            if binding.key in (value.name, f"{value.name}/macro.value")
        ]
        if not definitions:
            break
        value = definitions[-1]
    return value


def names_in(value: Any) -> Iterator[Reference | Macro]:
    """Yields the references and macros inside a value, however deep."""
    if isinstance(value, Reference | Macro):
        yield value
    elif isinstance(value, dict):
        for item in [*value.keys(), *value.values()]:
            yield from names_in(item)
    elif isinstance(value, list | tuple | set):
        for item in value:
            yield from names_in(item)
