"""One file a dataset: what its classes are and where their images come from."""
