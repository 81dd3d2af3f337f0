r"""Finds the run and the update with the highest mean validation accuracy.

For one model of the walk-through:
  python -m meta_dataset.analysis.select_best_model --all_experiments_root=$EXPROOT \
    --experiment_dir_basenames='' --restrict_to_variants=NAME --description=best_NAME

It reads event files only, and writes <description>.txt and <description>.pklz (a plain
pickle) into the root. Exit code: 0 done; 1 nothing to select from; 2 a wrong flag.
"""

from __future__ import annotations

import os
import pathlib
import pickle
import sys
from collections.abc import Callable, Sequence

from meta_dataset import whole_files
from meta_dataset.analysis import selection, variants
from meta_dataset.analysis.selection import Best
from meta_dataset.analysis.validations import read_validations
from meta_dataset.analysis.variants import FilterError, Filters
from meta_dataset.errors import EventFileError, MetaDatasetError, UsageError

_ALL = Filters()


class NoValidationError(EventFileError, RuntimeError):
    """No run among the candidates has a validation accuracy above zero."""


def select_best(
    root: str | os.PathLike[str],
    experiment: str,
    *,
    smooth_window: int = 1,
    report: Callable[[str], None] = lambda line: None,
) -> Best:
    """Selects the best update of one run and writes `best_<experiment>.{txt,pklz}`.

    Args:
      root: the folder that holds `summaries/` (an `$EXPROOT`).
      experiment: name of the run.
      smooth_window: of the moving average over validations; 1 for none.
      report: called with sentences about damage and with the result.

    Returns:
      What was written; `variant` is the experiment.

    Raises:
      UsageError: there is no such run.
      EventFileError: there are no summaries, no validations, or the files cannot be
        written.
    """
    filters = Filters(names=(experiment,))
    best = find_best(pathlib.Path(root), filters, smooth_window, report)
    name = variants.description(f"best_{experiment}", filters, smooth_window)
    report(write_best(pathlib.Path(root), name, best))
    return best


def find_best(
    root: pathlib.Path,
    filters: Filters = _ALL,
    smooth_window: int = 1,
    report: Callable[[str], None] = lambda line: None,
) -> Best:
    """Returns the best update among the runs of a folder that pass the filters.

    Runs without validations (evaluations, for one) are left out with a word. The first
    run, by name, wins a tie.

    Raises:
      UsageError: the filters leave nothing.
      NoValidationError: no run that passes has a validation above zero.
      EventFileError: there is no folder of summaries.
    """
    candidates = []
    for variant in variants.find_variants(root, filters):
        folder = root / "summaries" / variant
        best, why_not = _best_of_variant(folder, smooth_window, report)
        if best is None:
            report(f"Skipped {variant}: {why_not}.")
        else:
            candidates.append(Best(variant, best.accuracy, best.update))
    best = selection.best_of_variants(candidates)
    if best is None:
        raise NoValidationError(
            f"{root / 'summaries'}: no run has a mean validation accuracy above 0 "
            f"({why_not}); it appears with the first validation of a training run"
        )
    return best


def _best_of_variant(
    folder: pathlib.Path, smooth_window: int, report: Callable[[str], None]
) -> tuple[Best | None, str]:
    """Returns the best update of a run, or None and why there is none."""
    try:
        validations = read_validations(folder)
    except OSError as error:
        return None, f"{folder} cannot be listed: {error.strerror or error}"
    for line in validations.damage:
        report(f"Left out: {line}")
    best = selection.best_of_series(
        validations.steps, validations.accuracies, smooth_window
    )
    if not validations.num_files:
        return None, f"{folder} holds no event file"
    if best is None:
        return None, f"{folder} holds no mean validation accuracy"
    if best.accuracy <= 0:
        return None, f"the accuracies in {folder} are 0 throughout"
    return best, ""


def write_best(root: pathlib.Path, name: str, best: Best) -> str:
    """Writes `<name>.txt` and `<name>.pklz` and returns the published sentence on it.

    Raises:
      EventFileError: the files cannot be written.
    """
    text = (
        f"best_variant: {best.variant}\n"
        f"best_valid_acc: {best.accuracy}\n"
        f"best_update_num: {best.update}\n"
    )
    fields = {
        "best_variant": best.variant,
        "best_valid_acc": best.accuracy,
        "best_update_num": best.update,
    }
    text_path, pickle_path = root / f"{name}.txt", root / f"{name}.pklz"
    try:
        pickled = pickle.dumps(fields, protocol=pickle.HIGHEST_PROTOCOL)
        whole_files.write_bytes(pickle_path, pickled)
        whole_files.write_text(text_path, text)
    except OSError as error:
        raise EventFileError(
            f"{text_path}: cannot be written: {error.strerror or error}; make room, or "
            "make the folder writable"
        ) from error
    return (
        f"Best variant: {best.variant}. Best valid acc: {best.accuracy}. "
        f"Best update num: {best.update}. Just wrote this info to {pickle_path} and "
        f"{text_path}"
    )


# --- command line -------------------------------------------------------------


def _define(values) -> None:
    from absl import flags

    def text(name: str, default: str, help_text: str) -> None:
        flags.DEFINE_string(name, default, help_text, flag_values=values)

    text("all_experiments_root", "", "Folder of the experiments, as $EXPROOT.")
    text(
        "experiment_dir_basenames",
        "",
        "Comma-separated folders below the root to select in, each by itself; empty: "
        "the root itself.",
    )
    text("restrict_to_variants", "", "Comma-separated names of the runs to consider.")
    text(
        "restrict_to_variants_by_range",
        "",
        "Range start,end (both inclusive) of the runs to consider, named by integers.",
    )
    text(
        "restrict_to_architectures",
        "",
        "Comma-separated embedding networks; needs params/<run>/params.json.",
    )
    flags.DEFINE_enum(
        "restrict_to_pretrained_source",
        "",
        ["", "scratch", "imagenet"],
        "Where the weights started; needs params/<run>/params.json.",
        flag_values=values,
    )
    text("description", "best", "Name of the files written, without suffix.")
    flags.DEFINE_integer(
        "smooth_window",
        1,
        "Validations in the moving average; 1: none.",
        lower_bound=1,
        flag_values=values,
    )


def main(argv: Sequence[str]) -> int:
    """Runs one command line and returns its exit code."""
    from absl import flags

    _define(flags.FLAGS)
    if any(argument in ("-h", "--help", "--helpfull") for argument in argv[1:]):
        print(f"{__doc__}\n{flags.FLAGS.get_help()}")
        return 0
    try:
        try:
            unused = flags.FLAGS(list(argv))[1:]
        except flags.Error as error:
            raise UsageError(str(error)) from error
        if unused:
            raise UsageError(f"not a flag: {unused[0]}; see --help")
        _select(flags.FLAGS)
    except MetaDatasetError as error:
        print(f"Error: {error}", file=sys.stderr, flush=True)
        return error.exit_code
    except KeyboardInterrupt:
        return 130  # as shells report SIGINT; the files are the earlier ones, or whole
    return 0


def _select(values) -> None:
    """Selects in every experiment folder that the flags name."""
    filters = _filters(values)
    name = variants.description(values.description, filters, values.smooth_window)
    root = pathlib.Path(values.all_experiments_root)
    for basename in values.experiment_dir_basenames.split(","):
        folder = root / basename.strip()
        best = find_best(folder, filters, values.smooth_window, _say)
        _say(write_best(folder, name, best))


def _filters(values) -> Filters:
    if values.restrict_to_variants and values.restrict_to_variants_by_range:
        raise FilterError(
            "--restrict_to_variants and --restrict_to_variants_by_range exclude each "
            "other; give one of them"
        )
    names = _split(values.restrict_to_variants)
    if values.restrict_to_variants_by_range:
        names = variants.names_of_range(values.restrict_to_variants_by_range)
    return Filters(
        names,
        _split(values.restrict_to_architectures),
        values.restrict_to_pretrained_source,
    )


def _split(text: str) -> tuple[str, ...]:
    """Returns the parts of a comma-separated list, listings' trailing / removed."""
    return tuple(part.strip().rstrip("/") for part in text.split(",") if part.strip())


def _say(line: str) -> None:
    # Standard output stays free for programs; the files are the result.
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv))
