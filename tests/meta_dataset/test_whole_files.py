import json
import os
import stat
import threading

import pytest

from meta_dataset import whole_files


def test_replaces_the_content_and_leaves_nothing_beside(tmp_path):
    path = tmp_path / "status.json"
    whole_files.write_text(path, "old")
    whole_files.write_text(path, "new: é")
    assert path.read_text("utf-8") == "new: é"
    assert os.listdir(tmp_path) == ["status.json"]


def test_json_keeps_names_that_are_not_unicode(tmp_path):
    path = tmp_path / "job.json"
    value = {"command": ["a;b", "$(c)", "'\"", "line\nfeed", "\udcff", "日本"]}
    whole_files.write_json(path, value)
    assert json.loads(path.read_bytes()) == value


def test_a_value_that_json_cannot_express_touches_nothing(tmp_path):
    path = tmp_path / "job.json"
    with pytest.raises(TypeError):
        whole_files.write_json(path, {"x": object()})
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_failure_keeps_the_old_file_and_removes_the_new(tmp_path, monkeypatch, step):
    path = tmp_path / "status.json"
    whole_files.write_text(path, "old")

    def fail(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(whole_files.os, step, fail)
    with pytest.raises(OSError, match="No space left") as raised:
        whole_files.write_text(path, "new")
    assert raised.value.filename == str(path)
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["status.json"]


def test_a_missing_folder_is_an_error_of_the_system(tmp_path):
    with pytest.raises(FileNotFoundError) as raised:
        whole_files.write_bytes(tmp_path / "no" / "file", b"x")
    assert raised.value.filename == str(tmp_path / "no" / "file")


def test_long_names_fit(tmp_path):
    path = tmp_path / ("é" * 127)
    whole_files.write_bytes(path, b"x")
    assert path.read_bytes() == b"x"


def test_private_files_are_private_and_others_follow_the_umask(tmp_path):
    old = os.umask(0o022)
    try:
        whole_files.write_bytes(tmp_path / "private", b"", mode=0o600)
        whole_files.write_bytes(tmp_path / "usual", b"")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "private").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "usual").stat().st_mode) == 0o644


def test_only_one_of_many_claims_a_name(tmp_path):
    path = tmp_path / "claim"
    won = []
    start = threading.Barrier(8)

    def claim(number):
        start.wait()
        try:
            whole_files.create_bytes(path, str(number).encode() * 1000)
        except FileExistsError:
            return
        won.append(number)

    threads = [threading.Thread(target=claim, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert path.read_bytes() == str(won[0]).encode() * 1000
    assert os.listdir(tmp_path) == ["claim"]


def test_a_file_system_without_folder_flush_is_no_failure(tmp_path, monkeypatch):
    real = os.fsync

    def fsync(descriptor):
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(22, "Invalid argument")
        real(descriptor)

    monkeypatch.setattr(whole_files.os, "fsync", fsync)
    whole_files.write_bytes(tmp_path / "file", b"x")
    assert (tmp_path / "file").read_bytes() == b"x"


def test_a_claim_is_exclusive_without_hard_links_too(tmp_path, monkeypatch):
    def link(source, target):
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(whole_files.os, "link", link)
    whole_files.create_bytes(tmp_path / "claim", b"first")
    with pytest.raises(FileExistsError):
        whole_files.create_bytes(tmp_path / "claim", b"second")
    assert (tmp_path / "claim").read_bytes() == b"first"
    assert os.listdir(tmp_path) == ["claim"]
