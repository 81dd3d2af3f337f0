"""What the drawn world is made of: kinds of things, and the things of each kind.

Things of a kind share their build and differ in details, as siblings in a hierarchy of
classes do.
"""

from dataclasses import dataclass

from meta_dataset.dataset_conversion.drawings.shapes import Drawing

# Hue in turns, saturation, value.
Tone = tuple[float, float, float]


@dataclass(frozen=True)
class Thing:
    """Something with a name and a look."""

    name: str
    drawing: Drawing
    # Typical colours of the main and of the second parts; None where any will do.
    main: Tone | None = None
    second: Tone | None = None


@dataclass(frozen=True)
class Kind:
    """Things that look alike; the narrowest internal nodes of the hierarchy."""

    name: str
    things: tuple[Thing, ...]
    # How far it may be turned, in whole turns: a fruit rolls, a house does not.
    turns: float = 0.04
