"""Lets gin find these files as `meta_dataset/learn/gin/...` from any working directory.

Gin looks a file up below the working directory, then as data of a Python package, and
cannot do the latter without this file. The folder above must never hold one: it would
hide the package gin from programs started in the root of a checkout.
"""
