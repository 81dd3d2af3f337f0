import io

import numpy as np
import pytest
from PIL import Image

from meta_dataset.dataset_conversion.images import ImageFile, encode_image, files_of
from meta_dataset.errors import RecordError


def decoded(data):
    return Image.open(io.BytesIO(data))


def gradient(mode="RGB", size=(40, 30)):
    pixels = np.linspace(0, 255, size[0] * size[1]).reshape(size[1], size[0])
    return Image.fromarray(pixels.astype(np.uint8)).convert(mode)


def saved(folder, name, image, **options):
    image.save(folder / name, **options)
    return folder / name


def test_a_jpeg_in_rgb_is_stored_unchanged(tmp_path):
    path = saved(tmp_path, "a.jpg", gradient(), quality=31)
    assert ImageFile(path).encoded() == path.read_bytes()


@pytest.mark.parametrize(
    ("name", "mode"),
    [("a.jpg", "L"), ("a.jpg", "CMYK"), ("a.png", "1"), ("a.ppm", "RGB")],
)
def test_anything_else_becomes_a_jpeg_in_rgb(tmp_path, name, mode):
    path = saved(tmp_path, name, gradient(mode))
    image = decoded(ImageFile(path).encoded())
    assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (40, 30))
    expected = np.asarray(Image.open(path).convert("RGB"), np.int16)
    assert np.abs(np.asarray(image, np.int16) - expected).mean() < 12


def test_the_encoding_is_that_of_pillow(tmp_path):
    path = saved(tmp_path, "a.png", gradient("L"))
    buffer = io.BytesIO()
    gradient("L").convert("RGB").save(buffer, "JPEG", quality=75)
    assert ImageFile(path).encoded() == buffer.getvalue()


def test_crop_then_invert(tmp_path):
    path = saved(tmp_path, "a.png", gradient("L"))
    image = decoded(ImageFile(path, box=(10, 5, 30, 25), invert=True).encoded())
    assert image.size == (20, 20)
    expected = 255 - np.asarray(gradient("L"), np.int16)[5:25, 10:30]
    found = np.asarray(image, np.int16)[..., 0]
    assert np.abs(found - expected).max() < 16


@pytest.mark.parametrize("content", [b"", b"no image", b"\xff\xd8\xff\xe0 cut"])
def test_an_unreadable_image_names_its_file(tmp_path, content):
    path = tmp_path / "bad.jpg"
    path.write_bytes(content)
    with pytest.raises(RecordError, match=r"bad\.jpg: cannot read the image"):
        ImageFile(path, invert=True).encoded()


def test_a_truncated_image_is_refused_when_it_is_decoded(tmp_path):
    path = saved(tmp_path, "a.jpg", gradient(size=(200, 200)), quality=95)
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(RecordError, match=r"a\.jpg"):
        ImageFile(path, invert=True).encoded()


def test_the_files_of_a_class_are_sorted_without_folders_and_skipped(tmp_path):
    for name in ("b.jpg", "a.jpg", "B.jpg"):
        saved(tmp_path, name, gradient(), format="JPEG")
    (tmp_path / ".directory").write_text("stray")
    (tmp_path / "folder").mkdir()
    files = files_of(tmp_path, frozenset({".directory"}))
    assert [file.path.name for file in files.files] == ["B.jpg", "a.jpg", "b.jpg"]
    assert [decoded(data).format for data in files] == ["JPEG"] * 3


def test_an_empty_or_missing_class_is_refused(tmp_path):
    with pytest.raises(RecordError, match="no image"):
        files_of(tmp_path)
    with pytest.raises(RecordError, match="nowhere: cannot list"):
        files_of(tmp_path / "nowhere")


def test_png_keeps_every_pixel():
    image = gradient()
    data = encode_image(image, "PNG")
    assert np.array_equal(np.asarray(decoded(data)), np.asarray(image))
