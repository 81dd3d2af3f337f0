"""Checking gin settings, and handing them to gin.

gin's own complaints name neither the nearest valid name nor, for some mistakes, the
line; and a typing error in a file of a long run should be found before TensorFlow is
loaded. So the statements are read first (`gin_files`) and compared with what is
registered with gin; then gin parses the same files.

Learners that are published but not here yet have bindings in many published files.
Those are skipped, so that the message is about the learner that a run asks for.
"""

import contextlib
import difflib
import inspect
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import gin
from absl import logging
from gin import config as gin_config

from meta_dataset import gin_files, registry, setting_kinds
from meta_dataset.errors import UsageError
from meta_dataset.gin_files import Binding, Macro, Reference
from meta_dataset.training_settings import REQUIRED

PLANNED = frozenset({*registry.PLANNED_LEARNERS.values(), *registry.PLANNED_BACKBONES})
"""Names in gin files of what is published but not here yet."""


# --- what may be bound ----------------------------------------------------------


def configurables() -> dict[str, dict[str, Any] | None]:
    """Returns {full name: {parameter: annotation}} of all that is registered with gin.

    None stands for "any parameter". gin 0.5 offers no public list; this function is
    the only one that looks inside.
    """
    return {
        selector: _parameters(configurable)
        for selector, configurable in gin_config._REGISTRY.items()
    }


def _parameters(configurable: Any) -> dict[str, Any] | None:
    names = []
    for parameter in inspect.signature(configurable.wrapped).parameters.values():
        if parameter.kind is inspect.Parameter.VAR_KEYWORD:
            return None
        if parameter.kind is not inspect.Parameter.VAR_POSITIONAL:
            names.append(parameter.name)
    if configurable.allowlist:
        names = [name for name in names if name in configurable.allowlist]
    kinds = setting_kinds.declared(configurable.wrapped)
    denied = configurable.denylist or ()
    return {name: kinds.get(name, Any) for name in names if name not in denied}


def _match(name: str, known: Iterable[str]) -> str | None:
    """Returns the full name that a (possibly short) name means, None if none."""
    parts = name.split(".")
    for full in known:
        if full.split(".")[-len(parts) :] == parts:
            return full
    return None


def check_bindings(bindings: Sequence[Binding], skip: Collection[str] | bool) -> None:
    """Checks names and values of bindings against what is registered with gin.

    Args:
      bindings: in order.
      skip: names that may be unknown; True for all. Parameters of known names are
        checked in either case.

    Raises:
      UsageError: the first binding with a wrong name, where it stands, and the nearest
        valid one; or with a value of another kind than its parameter's annotation.
    """
    known = configurables()
    macros = {binding.selector for binding in bindings if not binding.parameter}
    macros |= {binding.scope for binding in bindings if binding.selector == "macro"}
    for binding in bindings:
        if binding.parameter and binding.selector not in macros:
            kind = _check_binding(binding, known, skip)
            _check_value(binding, kind, bindings)
        for name in gin_files.names_in(binding.value):
            _check_name_in_value(binding, name, known, macros, skip)


def _may_be_unknown(name: str, skip: Collection[str] | bool) -> bool:
    return skip if isinstance(skip, bool) else name.split(".")[-1] in skip


def _check_binding(
    binding: Binding,
    known: Mapping[str, Mapping[str, Any] | None],
    skip: Collection[str] | bool,
) -> Any:
    """Checks the name of one binding; returns the annotation of what it binds."""
    full = _match(binding.selector, known)
    if full is None:
        if _may_be_unknown(binding.selector, skip):
            return Any
        wanted = f"{binding.selector}.{binding.parameter}"
        near = _nearest(wanted, _all_keys(known)) or _nearest(
            binding.selector, _short(known)
        )
        raise UsageError(
            f"Wrong binding {binding.key} ({binding.where}): nothing that can be bound "
            f"is called {binding.selector!r}.{_suggest(near)}"
        )
    parameters = known[full]
    if parameters is not None and binding.parameter not in parameters:
        name = binding.selector
        near = [f"{name}.{match}" for match in _nearest(binding.parameter, parameters)]
        names = ", ".join(sorted(parameters)) or "none"
        listing = "" if near else f" It has: {names}."
        raise UsageError(
            f"Wrong binding {binding.key} ({binding.where}): {name} has no parameter "
            f"{binding.parameter!r}.{_suggest(near)}{listing}"
        )
    return Any if parameters is None else parameters[binding.parameter]


def _check_value(binding: Binding, kind: Any, bindings: Sequence[Binding]) -> None:
    """Checks the value of one binding; what gin must build first is not looked at."""
    value = gin_files.without_macro(bindings, binding.value)
    if any(gin_files.names_in(value)):
        return
    words = setting_kinds.wanted(value, kind)
    if words is not None:
        raise UsageError(
            f"Wrong binding {binding.key} = {value!r} ({binding.where}): it must be "
            f"{words}."
        )


def _check_name_in_value(
    binding: Binding,
    name: Reference | Macro,
    known: Mapping[str, Any],
    macros: Collection[str],
    skip: Collection[str] | bool,
) -> None:
    """Checks one reference or macro inside the value of a binding."""
    plain = name.name.split("/")[-1]
    if isinstance(name, Macro):
        if name.name in macros or gin_config._CONSTANTS.matching_selectors(name.name):
            return
        problem, near = (
            f"the macro %{name.name} is not defined",
            _nearest(plain, macros),
        )
    else:
        if _match(plain, known) or _may_be_unknown(plain, skip):
            return
        problem, near = f"@{plain} is unknown", _nearest(plain, _short(known))
    raise UsageError(
        f"Wrong binding {binding.key} ({binding.where}): {problem}.{_suggest(near)}"
    )


def _short(known: Iterable[str]) -> list[str]:
    """Returns the names without modules; gin's own ones are no suggestion."""
    return [name.split(".")[-1] for name in known if not name.startswith("gin.")]


def _all_keys(known: Mapping[str, Mapping[str, Any] | None]) -> list[str]:
    """Returns every `name.parameter` that can be bound."""
    return [
        f"{name.split('.')[-1]}.{parameter}"
        for name, parameters in known.items()
        for parameter in sorted(parameters or ())
        if not name.startswith("gin.")
    ]


def _nearest(name: str, valid: Iterable[str]) -> list[str]:
    """Returns the valid name nearest to `name`, as a list of at most one."""
    by_lower_case = {candidate.lower(): candidate for candidate in sorted(valid)}
    near = difflib.get_close_matches(name.lower(), by_lower_case, n=1, cutoff=0.6)
    return [by_lower_case[match] for match in near]


def _suggest(near: Sequence[str]) -> str:
    return f" Nearest valid: {near[0]}." if near else ""


# --- what a run needs -------------------------------------------------------------


def trainer_values(bindings: Sequence[Binding]) -> dict[str, Any]:
    """Returns {parameter: value} of `Trainer` as the statements bind them."""
    names = {
        binding.parameter
        for binding in bindings
        if binding.selector.split(".")[-1] == "Trainer"
    }
    return {name: gin_files.value_of(bindings, f"Trainer.{name}") for name in names}


def check_required(bindings: Sequence[Binding]) -> None:
    """Checks that `Trainer` has everything that has no default.

    Raises:
      UsageError: names what is missing, and the flag that gives it.
    """
    values = trainer_values(bindings)
    missing = [name for name in REQUIRED if name not in values]
    if "experiment_name" in missing:
        others = {binding.key for binding in bindings} - set(_all_keys(configurables()))
        near = _nearest("Trainer.experiment_name", others)
        raise UsageError(
            "Trainer.experiment_name is not bound. No gin file binds it; add "
            "--gin_bindings=\"Trainer.experiment_name='<name>'\"."
            + "".join(f" ({key} is bound, but means nothing.)" for key in near)
        )
    if missing:
        raise UsageError(
            "Not bound: "
            + ", ".join(f"Trainer.{name}" for name in missing)
            + ". The files of meta_dataset/learn/gin/best/ bind them: give one with "
            "--gin_config."
        )


def check_available(values: Mapping[str, Any]) -> None:
    """Checks that learners and backbone of a run exist, without importing them.

    Raises:
      UsageError: one is unknown, or published but not here yet.
    """
    for parameter in ("train_learner_class", "eval_learner_class"):
        registry.learner_entry(_name(values[parameter], parameter))
    backbone = _name(values["embedding_network"], "embedding_network")
    if not registry.has_backbone(backbone):
        registry.backbone(backbone)  # raises: nothing is imported for unknown names


def _name(value: Any, parameter: str) -> str:
    if isinstance(value, Reference):
        return value.name.split("/")[-1].split(".")[-1]
    if not isinstance(value, str):
        raise UsageError(f"Trainer.{parameter} must be a name, not {value!r}.")
    return value.removeprefix("@").removesuffix("()")


# --- handing over -----------------------------------------------------------------


def parse(files: Sequence[str], bindings: Sequence[str]) -> None:
    """Makes gin's configuration of these files and bindings, and locks it.

    What was configured before is forgotten. Everything that may be bound must have
    been imported; what is planned is skipped.

    Args:
      files: gin files, in order.
      bindings: single bindings, which win over the files.

    Raises:
      UsageError: a name or value is wrong, or gin refuses a statement.
    """
    check_bindings(gin_files.read(files, bindings), PLANNED)
    _add_search_path()
    gin.clear_config()
    try:
        with _without_notes():
            gin.parse_config_files_and_bindings(
                files, bindings, skip_unknown=sorted(PLANNED)
            )
    except (ValueError, TypeError, RuntimeError, OSError, ImportError) as error:
        raise UsageError(f"gin refuses the settings: {error}") from error


@contextlib.contextmanager
def _without_notes() -> Iterator[None]:
    """Keeps gin from logging two lines for every file that it looks for."""
    logger = logging.get_absl_logger()
    level = logger.level  # not absl's verbosity: others set levels without it
    logger.setLevel(max(level, logging.converter.absl_to_standard(logging.WARNING)))
    try:
        yield
    finally:
        logger.setLevel(level)


def _add_search_path() -> None:
    for folder in gin_files.SEARCH_PATH[1:]:
        if str(folder) not in gin_config._LOCATION_PREFIXES:
            gin.add_config_file_search_path(str(folder))
