"""The exception tree of the trainer and its command lines.

    MetaDatasetError            exit code 1
    ├── UsageError              exit code 2: flags, gin files and bindings, names
    ├── RecordError             records or specifications missing, damaged, inconsistent
    ├── CheckpointError         a checkpoint missing, damaged or of another shape
    └── EventFileError          event files that hold nothing usable

A message says what is wrong, where (path, binding, name), and what to do.
"""


class MetaDatasetError(Exception):
    """Something a person can mend; `exit_code` is what the command line returns."""

    exit_code = 1


class UsageError(MetaDatasetError):
    """The command line or the configuration is wrong."""

    exit_code = 2


class RecordError(MetaDatasetError):
    """Records or a dataset specification are missing, damaged or inconsistent."""


class CheckpointError(MetaDatasetError):
    """A checkpoint is missing, damaged, or does not fit the model."""


class EventFileError(MetaDatasetError):
    """Event files hold nothing that answers the question."""
