"""Command line: one dataset, from its published download to record files.

    python -m meta_dataset.dataset_conversion.convert_datasets_to_records \
      --dataset=omniglot --omniglot_data_root=DOWNLOADS/omniglot \
      --splits_root=SPLITS --records_root=RECORDS

Exit codes: 0 done, 1 the data are missing or cannot be read or written, 2 wrong flags or
a dataset without converter, 128 + signal when interrupted (run it again: class files are
replaced one by one, and the specification comes last).
"""

import time
from pathlib import Path

from absl import flags

from meta_dataset.dataset_conversion import command_line, registry
from meta_dataset.dataset_conversion.conversion import Places, WrittenClass, convert
from meta_dataset.dataset_conversion.parallel import default_processes
from meta_dataset.errors import RecordError, UsageError

FLAGS = flags.FLAGS

flags.DEFINE_string(
    "dataset", "omniglot", f"What to convert: one of {', '.join(registry.DATASETS)}."
)
flags.DEFINE_string(
    "records_root", "", "Folder of the records; the dataset's folder is created in it."
)
flags.DEFINE_string(
    "splits_root",
    "",
    "Folder that holds the *_splits.json files; a missing one is created there.",
)
for _dataset in registry.DATASETS:
    flags.DEFINE_string(
        f"{_dataset}_data_root", "", f"Folder of {_dataset}'s raw data."
    )
flags.DEFINE_string(
    "ilsvrc_2012_num_leaf_images_path",
    "",
    "File that keeps the number of images of each ilsvrc_2012 class; by default "
    "num_leaf_images.json in its records.",
)
flags.DEFINE_string(
    "path_to_is_a", "", "wordnet.is_a.txt; by default in ilsvrc_2012_data_root."
)
flags.DEFINE_string("path_to_words", "", "words.txt; by default as --path_to_is_a.")
flags.DEFINE_string(
    "mini_imagenet_records_dir", "", "Folder of mini_imagenet's records."
)
flags.DEFINE_string("records_root_dir", "", "Unused here: the trainer's flag.")
flags.DEFINE_integer(
    "processes",
    0,
    "Class files written at a time; 0 is one for each processor.",
    lower_bound=0,
)


def main() -> None:
    """Converts the dataset that the flags name; progress is a line a class."""
    dataset = FLAGS.dataset
    registry.check(dataset)
    conversion = registry.plan(
        dataset,
        Places(
            data_root=_folder(f"{dataset}_data_root"),
            splits_root=Path(FLAGS.splits_root) if FLAGS.splits_root else None,
        ),
    )
    if not FLAGS.records_root:
        raise UsageError("--records_root is missing: give the folder of the records")
    total = len(conversion.classes)
    command_line.report(f"{dataset}: {total} classes to {FLAGS.records_root}")
    num_images = 0
    num_classes = 0

    def on_class(written: WrittenClass) -> None:
        nonlocal num_images, num_classes
        num_images += written.num_images
        num_classes += 1
        command_line.report(
            f"{dataset}: class {written.class_id} {written.name}: "
            f"{written.num_images} images ({num_classes}/{total})"
        )

    start = time.monotonic()
    processes = FLAGS.processes or default_processes()
    convert([conversion], Path(FLAGS.records_root), processes, on_class)
    command_line.report(
        f"{dataset}: {num_images} images of {total} classes in "
        f"{time.monotonic() - start:.0f} s"
    )


def _folder(flag: str) -> Path:
    value = FLAGS[flag].value
    if not value:
        raise UsageError(f"--{flag} is missing: give the folder of the raw data")
    path = Path(value)
    if not path.is_dir():
        raise RecordError(
            f"--{flag}: there is no folder {path}; unpack the dataset there"
        )
    return path


if __name__ == "__main__":
    command_line.run(main)
