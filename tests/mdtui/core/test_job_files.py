import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mdtui.core import job_files
from mdtui.core.job_files import Dispatch, Status, StopOrder
from mdtui.core.jobs import Action, Job, ProcessIdentity, Reason, State
from mdtui.core.json_fields import DamagedFileError

# Any text, lone surrogates included: what an argument of a command can be.
TEXT = st.text(st.characters(codec=None), max_size=20)
TEXTS = st.lists(TEXT, max_size=3).map(tuple)
PAIRS = st.lists(st.tuples(TEXT, TEXT), max_size=3).map(tuple)
TIME = st.floats(0, 4e9)
NUMBER = st.integers(0, 2**40)
JOBS = st.builds(
    Job,
    id=st.just("job-1"),
    kind=st.sampled_from(["train", "evaluate"]),
    experiment=TEXT,
    run=TEXT,
    dataset=st.none() | TEXT,
    command=st.lists(TEXT, min_size=1, max_size=5).map(tuple),
    working_directory=TEXT,
    environment=PAIRS,
    gpus=st.integers(0, 8),
    num_updates=st.none() | NUMBER,
    after=TEXTS,
    submitted=TIME,
    grace_seconds=TIME,
)
PROCESSES = st.builds(
    ProcessIdentity, pid=NUMBER, boot_id=TEXT, start_ticks=NUMBER, host=TEXT
)
DISPATCHES = st.builds(
    Dispatch,
    state=st.sampled_from(State),
    attempt=st.integers(1, 99),
    queued=TIME,
    gpus=TEXTS,
    environment=PAIRS,
    stop=st.none()
    | st.builds(StopOrder, action=st.sampled_from(Action), number=NUMBER, asked=TIME),
    reason=st.none() | st.sampled_from(Reason),
    detail=TEXT,
    ended=st.none() | TIME,
    applied=TEXTS,
)
STATUSES = st.builds(
    Status,
    state=st.sampled_from(State),
    runner=st.none() | PROCESSES,
    trainer=st.none() | PROCESSES,
    gpus=TEXTS,
    started=st.none() | TIME,
    ended=st.none() | TIME,
    reason=st.none() | st.sampled_from(Reason),
    detail=TEXT,
    exit_code=st.none() | NUMBER,
    signal=st.none() | TEXT,
    stop_number=NUMBER,
    stop_signal=st.none() | TEXT,
    next_signal_at=st.none() | TIME,
)
JOB_PATH = Path("jobs/job-1/job.json")
KINDS = [
    (job_files.job_to_json, job_files.job_from_bytes, JOBS),
    (job_files.dispatch_to_json, job_files.dispatch_from_bytes, DISPATCHES),
    (job_files.status_to_json, job_files.status_from_bytes, STATUSES),
]
JOB_1_0 = {
    "version": 1,
    "id": "job-1",
    "kind": "train",
    "experiment": "e",
    "run": "e",
    "dataset": None,
    "command": ["python", "-m", "meta_dataset.train"],
    "working_directory": "/",
}


@given(st.data())
def test_what_is_written_is_read(data):
    for to_json, from_bytes, values in KINDS:
        value = data.draw(values)
        written = to_json(value)
        written["of a later program"] = {"nested": [1]}
        assert from_bytes(json.dumps(written).encode(), JOB_PATH) == value


@given(st.data())
def test_a_cut_file_is_damaged_and_nothing_else(data):
    for to_json, from_bytes, values in KINDS:
        content = json.dumps(to_json(data.draw(values))).encode()
        cut = data.draw(st.integers(0, len(content) - 1))
        with pytest.raises(DamagedFileError, match="jobs/job-1/job.json"):
            from_bytes(content[:cut], JOB_PATH)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    ),
    st.sampled_from(["id", "command", "environment", "gpus", "after", "submitted"]),
)
def test_a_wrong_field_is_damage_or_a_value(value, field):
    try:
        job_files.job_from_bytes(
            json.dumps(JOB_1_0 | {field: value}).encode(), JOB_PATH
        )
    except DamagedFileError as error:
        assert field in str(error) or field == "id" or "command" in str(error)


def test_the_first_version_loads_for_ever():
    job = job_files.job_from_bytes(json.dumps(JOB_1_0).encode(), JOB_PATH)
    assert job.gpus == 1 and job.after == () and job.grace_seconds == 60.0
    assert job_files.dispatch_from_bytes(
        b'{"version": 1, "state": "held"}', JOB_PATH
    ) == Dispatch(state=State.HELD)


@pytest.mark.parametrize(
    "change, says",
    [
        ({"version": 2}, "later mdtui"),
        ({"version": "1"}, "no version"),
        ({"command": []}, "command is empty"),
        ({"command": "rm -rf"}, "command is 'rm -rf', not a list of strings"),
        ({"id": "other"}, "says it is job 'other'"),
        ({"gpus": True}, "gpus is True"),
    ],
)
def test_complaints_say_what_is_wrong(change, says):
    with pytest.raises(DamagedFileError, match=says):
        job_files.job_from_bytes(json.dumps(JOB_1_0 | change).encode(), JOB_PATH)


def test_attempt_folders_are_numbered():
    folder = job_files.JobFolder(Path("jobs/a"))
    assert folder.attempt(3).path == Path("jobs/a/attempt-3")
    assert folder.attempt(3).number == 3
    with pytest.raises(DamagedFileError):
        _ = job_files.AttemptFolder(Path("jobs/a/elsewhere")).number
