"""From the raw downloads (or a drawing hand) to record files."""
