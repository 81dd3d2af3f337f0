"""The terminal application: experiments, jobs, live curves, results."""

__version__ = "0.1.0"
