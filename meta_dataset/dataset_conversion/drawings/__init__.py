"""Drawn images for all ten datasets, so that everything can be tried without a download."""
