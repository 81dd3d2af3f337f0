"""One file a dataset: the names of its drawn classes, and the hand that draws them."""
