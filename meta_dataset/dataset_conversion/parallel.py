"""The same work on many items, in several processes.

Encoding images is what a conversion spends its time on, and every class file is
independent of the others. Results do not depend on the number of processes: each item
carries all that its work needs.
"""

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from meta_dataset.errors import MetaDatasetError

Item = TypeVar("Item")
Result = TypeVar("Result")


def default_processes() -> int:
    """Returns the number of processors this process may use."""
    return len(os.sched_getaffinity(0))


def run_parallel(
    work: Callable[[Item], Result], items: Sequence[Item], processes: int
) -> Iterator[Result]:
    """Yields `work(item)` for every item, in the order in which they are done.

    Leaving early (an error, an interrupt) starts no further item and waits for those
    under way.

    Args:
      work: a function at the top level of a module, or another that can be pickled.
      items: its arguments; picklable.
      processes: at most so many at a time; with 1 all is done in this process.

    Raises:
      MetaDatasetError: a process was killed.
    """
    processes = min(processes, len(items))
    if processes <= 1:
        yield from map(work, items)
        return
    # Spawned rather than forked: the caller may have threads (a progress bar).
    pool = ProcessPoolExecutor(
        processes,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_prepare_worker,
    )
    try:
        for done in as_completed([pool.submit(work, item) for item in items]):
            yield done.result()
    except BrokenProcessPool as error:
        raise MetaDatasetError(
            "a process that wrote records was killed, as happens when memory is short; "
            "give a smaller --processes, then run the command again"
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _prepare_worker() -> None:
    # An interrupt from the terminal reaches all processes; the parent decides.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow_parent, daemon=True).start()


def _follow_parent() -> None:
    """Ends this worker when its parent was killed, which nothing else tells it."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
