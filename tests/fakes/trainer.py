"""A trainer that trains nothing: it logs, heeds or ignores signals, and ends.

Standard library only, so that it starts in milliseconds (`python -I -S`). Every start
is one line in the journal, which shows a job that was started twice.
"""

import argparse
import json
import os
import signal
import sys
import time


def main() -> int:
    options = parse()
    ignored = {signal.Signals[name] for name in options.ignore}
    received = []
    for which in (signal.SIGINT, signal.SIGTERM):
        handler = signal.SIG_IGN if which in ignored else None
        signal.signal(which, handler or (lambda number, _: received.append(number)))
    children = [child(options, ignored) for _ in range(options.children)]
    note(options, children)
    log(f"arguments: {json.dumps(options.rest)}")
    print("output of the trainer", flush=True)
    update = 0
    while True:
        if received:
            log(f"received {signal.Signals(received[0]).name}; saving")
            time.sleep(options.saving)
            log(f"saved model_{update}.ckpt")
            return 128 + received[0]
        if os.path.exists(options.until):
            return end(options)
        update += 1
        log(f"update {update}: train_loss 1.0, train_acc 0.5")
        time.sleep(0.02)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--journal", required=True)
    parser.add_argument("--until", required=True, help="file whose appearance ends it")
    parser.add_argument("--exit-code", type=int, default=0)
    parser.add_argument("--ends-by", default="", help="signal it sends itself")
    parser.add_argument("--ignore", action="append", default=[], help="SIGTERM, ...")
    parser.add_argument("--children", type=int, default=0, help="ignore all signals")
    parser.add_argument("--escape", action="store_true", help="children leave session")
    parser.add_argument("--saving", type=float, default=0.0, help="seconds")
    parser.add_argument("rest", nargs="*")
    return parser.parse_args()


def child(options, ignored) -> int:
    """Forks a data loader that outlives everything but SIGKILL."""
    pid = os.fork()
    if pid == 0:
        for which in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(which, signal.SIG_IGN)
        if options.escape:
            os.setsid()
        while True:
            time.sleep(60)
    return pid


def note(options, children) -> None:
    names = ("CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER", "PYTHONUNBUFFERED", "EXTRA")
    start = {
        "pid": os.getpid(),
        "session": os.getsid(0),
        "children": children,
        "directory": os.getcwd(),
        "arguments": options.rest,
        "environment": {name: os.environ.get(name) for name in names},
        "time": time.time(),
    }
    with open(options.journal, "a", encoding="utf-8") as file:
        file.write(json.dumps(start) + "\n")


def end(options) -> int:
    if options.exit_code:
        log("Traceback (most recent call last):")
        log('  File "train.py", line 1, in <module>')
        log("\x1b[31mRecordError\x1b[0m: records/omniglot: no dataset_spec.json")
    if options.ends_by:
        which = signal.Signals[options.ends_by]
        if which is not signal.SIGKILL:
            signal.signal(which, signal.SIG_DFL)
        os.kill(os.getpid(), which)
    return options.exit_code


def log(text: str) -> None:
    moment = time.strftime("%m%d %H:%M:%S")
    print(f"I{moment} {os.getpid()} trainer.py] {text}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
