"""Image files and arrays -> the encoded images that records hold.

The rules are the same for every dataset: a JPEG in RGB is stored byte for byte when
nothing is asked of it; anything else is decoded, converted to RGB, cropped, inverted (in
this order) and encoded as JPEG. Nothing is resized: readers do that.
"""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from meta_dataset.errors import RecordError

Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class ImageFile:
    """One image of a class."""

    path: Path
    # Left, upper, right, lower in pixels, the last two exclusive; None keeps the frame.
    box: Box | None = None
    invert: bool = False  # v -> 255 - v

    def encoded(self) -> bytes:
        """Returns the image as stored in a record.

        Raises:
          RecordError: the file cannot be read as an image.
        """
        try:
            data = self.path.read_bytes()
            with Image.open(io.BytesIO(data)) as image:
                as_it_is = image.format == "JPEG" and image.mode == "RGB"
                if as_it_is and self.box is None and not self.invert:
                    return data
                return encode_image(self._adapted(image), "JPEG")
        except (OSError, UnidentifiedImageError, ValueError, SyntaxError) as error:
            raise RecordError(
                f"{self.path}: cannot read the image ({error}); download or unpack the "
                "dataset again"
            ) from error

    def _adapted(self, image: Image.Image) -> Image.Image:
        adapted = image if image.mode == "RGB" else image.convert("RGB")
        if self.box is not None:
            adapted = adapted.crop(self.box)
        return ImageOps.invert(adapted) if self.invert else adapted


@dataclass(frozen=True)
class ImageFiles:
    """The images of a class, encoded one after the other when iterated."""

    files: tuple[ImageFile, ...]

    def __iter__(self) -> Iterator[bytes]:
        return (file.encoded() for file in self.files)


def encode_image(image: Image.Image, image_format: str) -> bytes:
    """Returns `image` in a file format such as `JPEG` or `PNG`, Pillow's defaults.

    For JPEG that is quality 75 with halved colour resolution.
    """
    buffer = io.BytesIO()
    image.save(buffer, format=image_format)
    return buffer.getvalue()


def files_of(folder: Path, skipped: frozenset[str] = frozenset()) -> ImageFiles:
    """Returns the images of a folder that holds one class, sorted by name.

    Args:
      folder: every file in it counts as an image; folders inside are passed over.
      skipped: names of files to leave out.

    Raises:
      RecordError: the folder is missing, cannot be read, or holds no file.
    """
    try:
        files = sorted(
            entry
            for entry in folder.iterdir()
            if entry.name not in skipped and not entry.is_dir()
        )
    except OSError as error:
        raise RecordError(
            f"{folder}: cannot list the images of a class ({error.strerror}); download "
            "or unpack the dataset again"
        ) from error
    if not files:
        raise RecordError(
            f"{folder}: the class has no image; download or unpack the dataset again"
        )
    return ImageFiles(tuple(ImageFile(path) for path in files))
