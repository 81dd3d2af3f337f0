"""Our event-file reader beside TensorBoard's Python loader, in one run.

    python benchmarks/event_reader.py [--runs 100] [--points 1000]

Writes runs x 5 tags x points scalar events, reads all of them with each reader, and
prints events a second and the ratio. TensorBoard's loader is given a tenth of the runs;
rates are compared.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from meta_dataset.analysis.event_files import EventFileReader

TAGS = ("train_loss", "train_acc", "valid_loss", "valid_acc", "mean valid acc")
REPEATS = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--points", type=int, default=1000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        files = write(Path(folder), options.runs, options.points)
        events = len(TAGS) * options.points
        ours = rate(read_ours, files, events)
        few = files[: max(1, len(files) // 10)]
        theirs = rate(read_with_tensorboard, few, events)
    print(f"ours        {ours / 1e6:7.3f} million events/s")
    print(f"TensorBoard {theirs / 1e6:7.3f} million events/s")
    print(f"ratio       {ours / theirs:7.1f}")


def write(folder: Path, runs: int, points: int) -> list[Path]:
    from tensorboard.compat.proto import event_pb2, summary_pb2

    from meta_dataset.tfrecord import frame

    files = []
    for run in range(runs):
        path = folder / f"events.out.tfevents.{run}"
        with open(path, "wb") as file:
            first = event_pb2.Event(wall_time=0.0, file_version="brain.Event:2")
            file.write(frame(first.SerializeToString()))
            for step in range(points):
                for index, tag in enumerate(TAGS):
                    value = summary_pb2.Summary.Value(
                        tag=tag, simple_value=index + step / points
                    )
                    event = event_pb2.Event(
                        wall_time=1.7e9 + step,
                        step=step,
                        summary=summary_pb2.Summary(value=[value]),
                    )
                    file.write(frame(event.SerializeToString()))
        files.append(path)
    return files


def read_ours(path: Path) -> None:
    EventFileReader(path).read()


def read_with_tensorboard(path: Path) -> None:
    from tensorboard.backend.event_processing.event_file_loader import EventFileLoader

    for _ in EventFileLoader(str(path)).Load():
        pass


def rate(read, files: list[Path], events: int) -> float:
    read(files[0])  # imports
    rates = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        for path in files:
            read(path)
        rates.append(len(files) * events / (time.perf_counter() - start))
    return statistics.median(rates)


if __name__ == "__main__":
    main()
