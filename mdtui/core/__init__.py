"""Decisions and values: no screen, no processes, no TensorFlow."""
