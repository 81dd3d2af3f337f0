import random

from hypothesis import given
from hypothesis import strategies as st

from mdtui.core import jobs


@given(st.floats(0, 4e9), st.text(), st.integers())
def test_ids_are_safe_folder_names(now, experiment, seed):
    job_id = jobs.new_job_id(now, experiment, random.Random(seed))
    assert jobs.is_job_id(job_id)
    assert "/" not in job_id and not job_id.startswith(".")


def test_ids_say_what_they_are_and_sort_by_time():
    first = jobs.new_job_id(0, "proto net/../é", random.Random(1))
    later = jobs.new_job_id(86400, "a", random.Random(1))
    assert first.startswith("19700101-000000-proto-net-..-e-")
    assert first < later


def test_no_path_is_an_id():
    for text in ("", ".", "..", ".hidden", "a/b", "a\n", "a b", "é", "x" * 121):
        assert not jobs.is_job_id(text)


def test_the_environment_stays_out_of_the_representation():
    job = jobs.Job(
        id="a",
        kind="train",
        experiment="a",
        run="a",
        dataset=None,
        command=("true",),
        working_directory="/",
        environment=(("TOKEN", "secret"),),
    )
    assert "secret" not in repr(job)
