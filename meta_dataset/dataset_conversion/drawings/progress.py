"""Progress of the drawing: a bar on a terminal, a line now and then elsewhere."""

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import NamedTuple


class Progress(NamedTuple):
    """How far the drawing is."""

    dataset: str  # of the class file written last
    num_done: int  # class files
    num_classes: int


OnProgress = Callable[[Progress], None]


def ignored(_: Progress) -> None:
    """Shows nothing."""


@contextlib.contextmanager
def shown_progress() -> Iterator[OnProgress]:
    """Yields what shows progress on stderr until the block ends."""
    if sys.stderr.isatty():
        with _bar() as on_progress:
            yield on_progress
    else:
        yield _lines()


def _lines() -> OnProgress:
    """A line each tenth, so that a log stays short."""
    tenth = 0

    def on_progress(progress: Progress) -> None:
        nonlocal tenth
        reached = 10 * progress.num_done // progress.num_classes
        if reached > tenth:
            tenth = reached
            print(
                f"demo records: {progress.num_done} of {progress.num_classes} classes",
                file=sys.stderr,
                flush=True,
            )

    return on_progress


@contextlib.contextmanager
def _bar() -> Iterator[OnProgress]:
    from rich import progress as rich_progress
    from rich.console import Console

    columns = (
        rich_progress.TextColumn("Drawing demo records"),
        rich_progress.BarColumn(),
        rich_progress.MofNCompleteColumn(),
        rich_progress.TextColumn("classes  {task.description}"),
    )
    with rich_progress.Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=None)

        def on_progress(progress: Progress) -> None:
            bar.update(
                task,
                completed=progress.num_done,
                total=progress.num_classes,
                description=progress.dataset,
            )

        yield on_progress
