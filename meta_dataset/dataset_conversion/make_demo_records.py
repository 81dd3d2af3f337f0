"""Command line: drawn records of all ten datasets, to try everything without a download.

    python -m meta_dataset.dataset_conversion.make_demo_records --records_root=RECORDS

The same seed gives the same bytes. A set that is already there and complete is left as it
is; records that this command did not make are never touched.

Exit codes: 0 done; 1 the folder holds other records or cannot be written; 2 wrong flags;
128 + signal when interrupted (run it again).
"""

import contextlib
import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from absl import flags

from meta_dataset import whole_files
from meta_dataset.data.dataset_spec import FILE_NAME
from meta_dataset.dataset_conversion import command_line
from meta_dataset.dataset_conversion.conversion import WrittenClass, convert
from meta_dataset.dataset_conversion.drawings.layout import Size, conversion
from meta_dataset.dataset_conversion.drawings.progress import (
    OnProgress,
    Progress,
    ignored,
    shown_progress,
)
from meta_dataset.dataset_conversion.parallel import default_processes
from meta_dataset.errors import RecordError, UsageError
from meta_dataset.run_files import EVALUATION_DATASETS

# Beside the datasets' folders; says that the records are drawn, and from which settings.
MARKER = "demo_records.json"
# Raised when the drawings change, so that sets of earlier versions are drawn anew.
_VERSION = 1

FLAGS = flags.FLAGS


def make_demo_records(
    records_root: str | Path,
    seed: int = 0,
    size: Size | None = None,
    datasets: Sequence[str] = EVALUATION_DATASETS,
    processes: int | None = None,
    on_progress: OnProgress = ignored,
) -> bool:
    """Draws the records, unless the same ones are there already.

    Args:
      records_root: folder of the records; created if needed.
      seed: of everything random.
      size: how many classes and images; None is the full size, about 20 MB.
      datasets: names of the datasets to draw.
      processes: how many draw at a time; None is one for each processor. The records
        do not depend on it.
      on_progress: called in this process after every class file.

    Returns:
      Whether anything was drawn.

    Raises:
      RecordError: the folder of a dataset holds records of another origin.
      OSError: the folder cannot be written.
    """
    root = Path(records_root)
    size = size or Size()
    settings = {"version": _VERSION, "seed": seed, "size": asdict(size)}
    marker = root / MARKER
    present = _read(marker)
    if present is None:
        _refuse_foreign_records(root, datasets)
    elif present == settings:
        datasets = [name for name in datasets if not (root / name / FILE_NAME).exists()]
    if not datasets:
        return False
    if present not in (None, settings):
        # Sets of other settings must not be taken for parts of this one.
        for name in EVALUATION_DATASETS:
            (root / name / FILE_NAME).unlink(missing_ok=True)
    root.mkdir(parents=True, exist_ok=True)
    whole_files.write_json(marker, settings)
    conversions = [conversion(name, seed, size) for name in datasets]
    num_classes = sum(len(c.classes) for c in conversions)
    num_done = 0

    def on_class(written: WrittenClass) -> None:
        nonlocal num_done
        num_done += 1
        on_progress(Progress(written.dataset, num_done, num_classes))

    convert(conversions, root, processes or default_processes(), on_class)
    return True


def _read(marker: Path) -> dict | None:
    """The settings of the demo records in a folder, None if there are none.

    A marker that does not parse is that of other settings: what it marks is drawn anew.
    """
    try:
        return dict(json.loads(marker.read_text("utf-8")))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError):
        return {}


def _refuse_foreign_records(root: Path, datasets: Sequence[str]) -> None:
    for name in datasets:
        folder = root / name
        if folder.is_dir() and any(folder.iterdir()):
            raise RecordError(
                f"{folder} holds records that are no demo records: they are left alone; "
                "give another --records_root"
            )


def _define_flags() -> None:
    flags.DEFINE_string("records_root", "", "Folder of the records.")
    flags.DEFINE_integer("seed", 0, "Seed of everything random.", lower_bound=0)
    flags.DEFINE_bool("progress", True, "Show progress.")
    flags.DEFINE_float(
        "classes_scale",
        1.0,
        "Part of the classes to draw; an episode's worth is always left.",
        lower_bound=0.0,
        upper_bound=1.0,
    )
    flags.DEFINE_integer(
        "images_per_class", None, "Images of every class.", lower_bound=1
    )
    flags.DEFINE_multi_enum(
        "datasets", None, EVALUATION_DATASETS, "Dataset to draw, repeatable; else all."
    )
    flags.DEFINE_integer(
        "processes", 0, "Drawing at a time; 0 is one a processor.", lower_bound=0
    )


def main() -> None:
    """Draws the records that the flags ask for."""
    if not FLAGS.records_root:
        raise UsageError("--records_root is missing: give the folder of the records")
    root = Path(FLAGS.records_root)
    start = time.monotonic()
    shown = shown_progress() if FLAGS.progress else contextlib.nullcontext(ignored)
    with shown as on_progress:
        drawn = make_demo_records(
            root,
            FLAGS.seed,
            Size(FLAGS.classes_scale, FLAGS.images_per_class),
            FLAGS.datasets or EVALUATION_DATASETS,
            FLAGS.processes or None,
            on_progress,
        )
    if not drawn:
        command_line.report(f"demo records in {root}: complete already")
        return
    files = [path for path in root.glob("*/*") if path.is_file()]
    megabytes = sum(path.stat().st_size for path in files) / 1e6
    seconds = time.monotonic() - start
    command_line.report(
        f"demo records in {root}: {megabytes:.1f} MB in {seconds:.0f} s"
    )


if __name__ == "__main__":
    _define_flags()
    command_line.run(main)
