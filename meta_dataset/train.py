r"""Trains a few-shot learner, or evaluates one on new classes.

Train, or go on training:
  python -m meta_dataset.train --records_root_dir=$RECORDS \
    --train_checkpoint_dir=$EXPROOT/checkpoints/NAME \
    --summary_dir=$EXPROOT/summaries/NAME \
    --gin_config=meta_dataset/learn/gin/best/NAME.gin \
    --gin_bindings="Trainer.experiment_name='NAME'"

Evaluate one checkpoint on one dataset: --is_training=False, and the bindings
"Trainer.checkpoint_to_restore='.../model_N.ckpt'" and
"benchmark.eval_datasets='DATASET'".

Exit code: 0 done; 1 something to mend, named on stderr; 2 a wrong flag or setting;
128 + signal after SIGINT or SIGTERM, a checkpoint being saved first.
"""

import os
import sys
import traceback
from collections.abc import Sequence
from typing import NoReturn

from absl import flags, logging

from meta_dataset import train_flags
from meta_dataset.errors import MetaDatasetError
from meta_dataset.stop_signals import Stopped, StopSignals


def main(argv: Sequence[str]) -> int:
    """Runs one command line and returns its exit code."""
    train_flags.define(flags.FLAGS)
    if any(argument in ("-h", "--help", "--helpfull") for argument in argv[1:]):
        is_full = "--helpfull" in argv
        values = flags.FLAGS
        text = values.get_help() if is_full else values.module_help(train_flags)
        print(f"{__doc__}\n{text}\n\nFlags of the log: --helpfull.")
        return 0
    try:
        arguments = train_flags.parse(flags.FLAGS, argv)
        logging.use_absl_handler()
        if flags.FLAGS["verbosity"].using_default_value:
            logging.set_verbosity(logging.INFO)
        with StopSignals() as stop:
            return _run(arguments, stop)
    except MetaDatasetError as error:
        print(f"Error: {error}", file=sys.stderr, flush=True)
        return error.exit_code
    except Stopped as stopped:
        return stopped.exit_code


def _run(arguments: train_flags.Arguments, stop: StopSignals) -> int:
    """Checks what can be checked in a moment, then loads TensorFlow and works."""
    from meta_dataset import preparation

    prepared = preparation.prepare(arguments)
    from meta_dataset import quiet_tensorflow

    quiet_tensorflow.load()
    from meta_dataset import assembly

    assembly.run(prepared, stop)
    return 0


def _leave(exit_code: int) -> NoReturn:
    """Ends the process without taking the interpreter apart.

    After an error a pipeline is still reading ahead. TensorFlow 2.21 waits for its
    readers when it is unloaded, and they wait for an interpreter that is gone: the
    process would stay for ever. Everything it wrote is on disk by now.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(exit_code)


if __name__ == "__main__":
    try:
        code = main(sys.argv)
    except BaseException:  # noqa: BLE001 - a defect of ours: shown, then left as above
        traceback.print_exc()
        code = 1
    _leave(code)
