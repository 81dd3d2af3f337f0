"""The command line: the app without arguments, and its twin for every key.

Exit codes: 0 done; 1 something a person can mend (the message says what); 2 a name,
flag or setting is wrong; 3 the preflight forbids the launch; 130 interrupted.

Everything is imported inside the function that needs it, so that `mdtui --version`
costs no more than Python itself and `mdtui status` does not load the screen.
"""

from __future__ import annotations

import argparse
import os
import sys

from mdtui import __version__
from mdtui.core.errors import MdtuiError, UsageError

_INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> int:
    """Runs `mdtui` and returns its exit code.

    Args:
      arguments: without the program's name; `sys.argv`'s when None.
    """
    options = _parser().parse_args(arguments)
    try:
        exit_code = options.run(options)
        if sys.stdout is not None:
            sys.stdout.flush()  # here, where a failure has its message
        return exit_code
    except MdtuiError as error:
        print(f"mdtui: {error}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:
        # The reader of a pipe left: not our failure, and nobody to tell.
        _drop_output()
        return 0
    except OSError as error:
        _drop_output()
        where = f"{error.filename}: " if error.filename else ""
        print(
            f"mdtui: {where}{error.strerror or error}. Check that place, the disk that "
            "output goes to, and the current folder.",
            file=sys.stderr,
        )
        return 1
    except KeyboardInterrupt:
        return _INTERRUPTED


def _drop_output() -> None:
    """Lets Python end without trying once more to write what could not be written."""
    if sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mdtui",
        description="Meta-Dataset in the terminal: train, watch, select, evaluate.",
        epilog="Without a command the app opens on the workspace. Exit codes: 0 done, "
        "1 failed (the message says what to do), 2 a wrong name, flag or setting, "
        "3 the preflight forbids the launch.",
    )
    parser.add_argument("--version", action="version", version=f"mdtui {__version__}")
    _add_workspace(parser, default=None)
    parser.add_argument(
        "--readonly", action="store_true", help="look only: start and signal nothing"
    )
    parser.set_defaults(run=_open_app)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    _add_looking(commands)
    _add_doing(commands)
    _add_demo(commands)
    return parser


def _add_workspace(parser: argparse.ArgumentParser, default: object) -> None:
    parser.add_argument(
        "-w",
        "--workspace",
        default=default,
        help="the $EXPROOT folder (default: the environment variable EXPROOT)",
    )


def _add_command(commands, name: str, text: str, run) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=text)
    # SUPPRESS: `mdtui -w X list` and `mdtui list -w X` mean the same.
    _add_workspace(parser, default=argparse.SUPPRESS)
    parser.set_defaults(run=run)
    return parser


def _add_looking(commands) -> None:
    for name, text, takes_experiment in (
        ("list", "list the experiments and their states", None),
        ("status", "show the jobs, or one experiment", "?"),
        ("results", "show the evaluations, mean accuracy +- 95 %% CI", "?"),
        ("log", "show the end of an experiment's log", 1),
        ("doctor", "look at what a launch needs", "?"),
    ):
        parser = _add_command(commands, name, text, _command(name))
        if takes_experiment is not None:
            parser.add_argument(
                "experiment", nargs=None if takes_experiment == 1 else "?"
            )
        parser.add_argument("--json", action="store_true", help="for programs")
        if name == "list":
            parser.add_argument("--all", action="store_true", help="hidden ones too")
        if name == "log":
            parser.add_argument("-n", "--lines", type=int, default=40)
            parser.add_argument("-f", "--follow", action="store_true")


def _add_doing(commands) -> None:
    for name, text in (
        ("launch", "train an experiment as a detached job"),
        ("resume", "go on from the last checkpoint"),
        ("kill", "end a run: gently, or with --terminate or --kill"),
        ("best", "select the best checkpoint"),
        ("eval", "evaluate the best checkpoint on the ten datasets"),
    ):
        parser = _add_command(commands, name, text, _command(name))
        parser.add_argument("experiment")
        parser.add_argument("--json", action="store_true", help="for programs")
        if name in ("launch", "resume", "eval"):
            parser.add_argument(
                "--dry-run", action="store_true", help="show the plan, start nothing"
            )
        if name == "eval":
            parser.add_argument("datasets", nargs="*", help="default: what is missing")
        if name == "kill":
            how = parser.add_mutually_exclusive_group()
            how.add_argument("--terminate", action="store_true", help="SIGTERM")
            how.add_argument("--kill", action="store_true", help="SIGKILL, at once")


def _add_demo(commands) -> None:
    text = "open the app on a demo workspace, made on first start"
    parser = _add_command(commands, "demo", text, _open_demo)
    parser.add_argument("folder", nargs="?", default="demo")
    parser.add_argument(
        "--prepare-only", action="store_true", help="write it, do not open the app"
    )


def _command(name: str):
    def run(options: argparse.Namespace) -> int:
        from mdtui import commands

        return commands.run(name, _open_workspace(options), options)

    return run


def _open_workspace(options: argparse.Namespace):
    from mdtui.workspace import Workspace

    folder = options.workspace or os.environ.get("EXPROOT")
    if not folder:
        raise UsageError(
            "Which workspace? Give --workspace FOLDER, or export EXPROOT=FOLDER. "
            "`mdtui demo` makes one to try things on."
        )
    return Workspace.open(folder, read_only=getattr(options, "readonly", False))


def _open_app(options: argparse.Namespace) -> int:
    workspace = _open_workspace(options)
    if not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        raise UsageError(
            "The app needs a terminal. Without one: mdtui list, status, launch, ... "
            "(mdtui --help)."
        )
    from mdtui.ui.app import run

    return run(workspace)


def _open_demo(options: argparse.Namespace) -> int:
    from pathlib import Path

    from mdtui import demo

    folder = Path(os.path.abspath(options.folder))
    demo.prepare(folder)
    if options.prepare_only:
        print(f"The demo workspace is {folder}")
        return 0
    options.workspace = str(folder)
    return _open_app(options)


if __name__ == "__main__":
    sys.exit(main())
