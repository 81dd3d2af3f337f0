"""The exception tree of the terminal application and its commands.

    MdtuiError                  exit code 1
    ├── UsageError              exit code 2: unknown experiment, dataset, setting, flag
    ├── BlockedError            exit code 3: a preflight finding forbids the launch
    └── WorkspaceError          the workspace cannot be read or written

A message says what is wrong, where (path, setting, experiment), and what to do. The
command line prints it and returns `exit_code`; the screen shows it in a dialog.
"""


class MdtuiError(Exception):
    """Something a person can mend."""

    exit_code = 1


class UsageError(MdtuiError):
    """A name, setting or flag that does not exist, or a command that makes no sense."""

    exit_code = 2


class BlockedError(MdtuiError):
    """A launch that the preflight forbids."""

    exit_code = 3


class WorkspaceError(MdtuiError):
    """The workspace is missing, unreadable, unwritable or full."""
