"""Writes what a trainer would have left: event files and checkpoints."""

from tensorboard.compat.proto import event_pb2, summary_pb2

from meta_dataset.tfrecord import frame


def write_events(folder, scalars, name="events.out.tfevents.1700000000.host"):
    """Writes one event file.

    Args:
      folder: the run's summaries; made if missing.
      scalars: (step, {tag: value}) in order; one event a value, a second a step.
      name: of the file.
    """
    folder.mkdir(parents=True, exist_ok=True)
    first = event_pb2.Event(wall_time=1.7e9, file_version="brain.Event:2")
    records = [first]
    for step, values in scalars:
        for tag, value in values.items():
            summary = summary_pb2.Summary(
                value=[summary_pb2.Summary.Value(tag=tag, simple_value=value)]
            )
            records.append(
                event_pb2.Event(wall_time=1.7e9 + step, step=step, summary=summary)
            )
    with open(folder / name, "wb") as file:
        file.writelines(frame(record.SerializeToString()) for record in records)


def write_checkpoints(folder, *updates):
    """Writes complete, if meaningless, checkpoints."""
    folder.mkdir(parents=True, exist_ok=True)
    for update in updates:
        (folder / f"model_{update}.ckpt.index").write_bytes(b"index")
        (folder / f"model_{update}.ckpt.data-00000-of-00001").write_bytes(b"data")


def write_training(workspace, name, updates=(0, 10, 20), accuracies=(0.2, 0.6, 0.5)):
    """Writes a whole training run of `name`."""
    write_events(
        workspace / "summaries" / name,
        [
            (
                update,
                {
                    "train_loss": 2.0 - update / 100,
                    "train_acc": accuracy,
                    "valid_loss": 2.1,
                    "valid_acc": accuracy,
                    "mean valid acc": accuracy,
                    "valid acc CI": 0.01,
                },
            )
            for update, accuracy in zip(updates, accuracies, strict=True)
        ],
    )
    write_checkpoints(workspace / "checkpoints" / name, *updates)


def write_evaluation(workspace, name, dataset, accuracy=0.5, interval=0.02):
    """Writes the evaluation of `name` on one dataset."""
    write_events(
        workspace / "summaries" / f"{name}_eval_{dataset}",
        [(0, {"mean test acc": accuracy, "test acc CI": interval})],
    )
