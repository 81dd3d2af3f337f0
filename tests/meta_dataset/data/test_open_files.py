import resource

import pytest

from meta_dataset.data import open_files
from meta_dataset.errors import RecordError


@pytest.fixture
def restored_limit():
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield before
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_the_stream_reader_needs_a_file_a_class():
    assert open_files.needed("stream", 3302) == 3302 + open_files.RESERVED
    assert open_files.needed("stream", 3302) > 1024
    assert open_files.needed("indexed", 3302) < 1024
    with pytest.raises(ValueError, match="'indexed' or 'stream'"):
        open_files.needed("streams", 1)


def test_a_quarter_of_the_limit_within_reason():
    assert open_files.bounded(1024) == 256
    assert open_files.bounded(20) == 16
    assert open_files.bounded(10**6) == 1024


def test_raises_the_soft_limit(restored_limit):
    _soft, hard = restored_limit
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    assert open_files.make_room(200).soft == 256
    assert open_files.make_room(300) == open_files.limits() == (300, hard)


def test_refuses_what_the_hard_limit_forbids():
    wanted = open_files.limits().hard + 1
    with pytest.raises(RecordError, match=f"ulimit -n {wanted}"):
        open_files.make_room(wanted)
