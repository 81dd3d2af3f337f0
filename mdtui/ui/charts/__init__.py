"""Charts as text: numbers in, lines of characters out, no app needed."""
