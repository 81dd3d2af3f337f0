"""Panes and lines of the screen: each draws a part of one frozen snapshot."""
