"""The detached side: a folder a job, one writer a file."""
