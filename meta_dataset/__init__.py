"""Meta-Dataset: few-shot image classification on ten datasets, in TensorFlow 2.

Importing this package imports nothing heavy: the terminal application uses the
modules that are free of TensorFlow.
"""
