"""The screen: thin widgets over a frozen model."""
