"""Following event files as they grow."""
