"""The decision function: examples, then a state machine over whole histories."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from mdtui.core import job_files, queue
from mdtui.core.answers import answer
from mdtui.core.gpus import Gpu, GpuProcess
from mdtui.core.job_files import Dispatch, JobFolder, Status
from mdtui.core.job_truth import Life, compose
from mdtui.core.jobs import ACTIVE, Action, Job, ProcessIdentity, Reason, State
from mdtui.core.queue import QueueState, Refuse, Start, decide

FOLDERS = Path("/w/.mdtui/jobs")


def make_job(job_id, gpus=1, after=(), submitted=0.0):
    return Job(
        job_id, "train", job_id, job_id, None, ("t",), "/", (), gpus, None, after,
        submitted,
    )  # fmt: skip


def view(job, state=State.QUEUED, reason=None, gpus=(), queued=0.0):
    dispatch = Dispatch(state=state, gpus=gpus, reason=reason, queued=queued)
    return compose(job, dispatch, None, Life(None, None), JobFolder(FOLDERS / job.id))


def gpu(uuid, *pids):
    processes = tuple(GpuProcess(pid) for pid in pids)
    return Gpu(uuid, "H100", 80_000, 0, processes=processes)


A, B, C = (view(make_job(name, submitted=n)) for n, name in enumerate("abc"))


def test_the_first_in_the_line_starts():
    assert decide(QueueState((C, B, A))) == (Start("a"),)
    assert decide(QueueState((A, B, C), cpu_slots=2)) == (Start("a"), Start("b"))


def test_a_resumed_job_joins_at_the_end():
    late = replace(A, queued=9.0)
    assert decide(QueueState((late, B))) == (Start("b"),)


def test_each_gets_a_gpu_of_its_own():
    gpus = (gpu("GPU-1"), gpu("GPU-2", 4711), gpu("GPU-3"))
    assert decide(QueueState((A, B, C), gpus)) == (
        Start("a", ("GPU-1",)),
        Start("b", ("GPU-3",)),
    )


def test_an_assigned_gpu_is_taken_before_its_process_shows():
    running = view(make_job("r"), State.STARTING, gpus=("GPU-1",))
    assert decide(QueueState((running, A), (gpu("GPU-1"),))) == ()


def test_a_job_for_two_gpus_is_not_overtaken():
    two = view(make_job("two", gpus=2, submitted=-1))
    gpus = (gpu("GPU-1"), gpu("GPU-2", 1))
    assert decide(QueueState((two, A), gpus)) == ()
    free = (gpu("GPU-1"), gpu("GPU-2"))
    assert decide(QueueState((two, A), free)) == (Start("two", ("GPU-1", "GPU-2")),)


def test_a_job_that_wants_more_than_there_is_gets_everything():
    many = view(make_job("many", gpus=8))
    assert decide(QueueState((many,), (gpu("GPU-1"),))) == (Start("many", ("GPU-1",)),)


def test_cpu_jobs_do_not_wait_for_gpus():
    cpu = view(make_job("cpu", gpus=0, submitted=9))
    assert decide(QueueState((A, cpu), (gpu("GPU-1", 1),))) == (Start("cpu"),)


def test_gpus_that_cannot_be_read_let_jobs_wait():
    cpu = view(make_job("cpu", gpus=0, submitted=9))
    assert decide(QueueState((A, cpu), ())) == (Start("cpu"),)


def test_dependencies_are_waited_for_and_not_in_the_line():
    needs = view(make_job("n", after=("a",), submitted=-1))
    running = replace(A, state=State.RUNNING)
    done = replace(A, state=State.ENDED, reason=Reason.DONE)
    assert decide(QueueState((needs, A, B))) == (Start("a"),)
    assert decide(QueueState((needs, running))) == ()
    assert decide(QueueState((needs, done))) == (Start("n"),)
    assert queue.waits_for(needs, {"a": running}) == ("a",)


@pytest.mark.parametrize("reason", [r for r in Reason if r is not Reason.DONE])
def test_after_a_failure_the_dependent_ends(reason):
    needs = view(make_job("n", after=("a",)))
    failed = replace(A, state=State.ENDED, reason=reason)
    assert decide(QueueState((needs, failed))) == (
        Refuse("n", f"dependency failed: a ended as {reason}"),
    )


def test_a_job_that_is_not_there_is_refused_and_a_damaged_one_awaited():
    needs = view(make_job("n", after=("x",)))
    assert isinstance(decide(QueueState((needs,)))[0], Refuse)
    assert decide(QueueState((needs,), unreadable=frozenset({"x"}))) == ()


def test_the_held_do_not_start():
    assert decide(QueueState((replace(A, state=State.HELD), B))) == (Start("b"),)


class Histories(RuleBasedStateMachine):
    """Jobs come, start, end, are held, stopped and resumed in any order."""

    def __init__(self):
        super().__init__()
        self.now = 0.0
        self.jobs: dict[str, tuple[Job, Dispatch, Status | None]] = {}
        self.foreign: set[str] = set()
        self.uuids: tuple[str, ...] | None = ()
        self.ends: dict[tuple[str, int], int] = {}
        self.starts: dict[tuple[str, int], int] = {}

    @rule(number=st.none() | st.integers(1, 3))
    @precondition(lambda self: not self.jobs)
    def machine(self, number):
        self.uuids = number and tuple(f"GPU-{n}" for n in range(number))

    def view(self, job_id):
        job, dispatch, status = self.jobs[job_id]
        alive = status is not None and status.state is not State.ENDED
        life = Life(alive, alive)
        return compose(job, dispatch, status, life, JobFolder(FOLDERS / job_id))

    def views(self):
        return tuple(self.view(job_id) for job_id in self.jobs)

    def put(self, job_id, dispatch, status):
        before = self.view(job_id)
        self.jobs[job_id] = (self.jobs[job_id][0], dispatch, status)
        if before.state is not State.ENDED and self.view(job_id).state is State.ENDED:
            attempt = (job_id, before.attempt)
            self.ends[attempt] = self.ends.get(attempt, 0) + 1

    def state(self):
        gpus = self.uuids and tuple(
            gpu(uuid, *([1] if uuid in self.foreign else [])) for uuid in self.uuids
        )
        return QueueState(self.views(), gpus, cpu_slots=2)

    @rule(data=st.data(), gpus=st.integers(0, 2))
    def submit(self, data, gpus):
        ids = sorted(self.jobs)
        after = data.draw(st.lists(st.sampled_from(ids), max_size=2)) if ids else []
        job = make_job(f"j{len(ids):03}", gpus, tuple(after), self.now)
        self.jobs[job.id] = (job, Dispatch(queued=self.now), None)
        self.now += 1

    @rule()
    def tick(self):
        for action in decide(self.state()):
            job, dispatch, _ = self.jobs[action.job_id]
            assert self.view(action.job_id).state is State.QUEUED
            if isinstance(action, Refuse):
                dispatch = dispatch.ends(Reason.FAILED, action.detail, self.now)
                self.put(action.job_id, dispatch, None)
                continue
            for needed in job.after:
                assert self.view(needed).reason is Reason.DONE
            assert not self.foreign & set(action.gpus)
            attempt = (action.job_id, dispatch.attempt)
            self.starts[attempt] = self.starts.get(attempt, 0) + 1
            dispatch = replace(dispatch, state=State.STARTING, gpus=action.gpus)
            self.put(action.job_id, dispatch, None)

    @rule(data=st.data(), reason=st.sampled_from(Reason))
    @precondition(lambda self: any(v.is_active for v in self.views()))
    def process_changes(self, data, reason):
        active = [v.job.id for v in self.views() if v.is_active]
        job_id = data.draw(st.sampled_from(active))
        _, dispatch, status = self.jobs[job_id]
        me = ProcessIdentity(1, "boot", 1)
        if status is None:
            status = Status(State.RUNNING, me, me)
        else:
            status = replace(status, state=State.ENDED, reason=reason)
        self.put(job_id, dispatch, status)

    @rule(data=st.data(), action=st.sampled_from(Action))
    @precondition(lambda self: self.jobs)
    def ask(self, data, action):
        job_id = data.draw(st.sampled_from(sorted(self.jobs)))
        _, dispatch, status = self.jobs[job_id]
        after = answer(dispatch, self.view(job_id), action, self.now, self.now)
        self.put(job_id, after, status if after.attempt == dispatch.attempt else None)

    @rule(data=st.data())
    @precondition(lambda self: self.uuids)
    def somebody_computes_on_a_gpu(self, data):
        self.foreign ^= {data.draw(st.sampled_from(self.uuids))}

    @rule()
    def save_and_load(self):
        before = decide(self.state())
        for job_id, (job, dispatch, status) in self.jobs.items():
            path = FOLDERS / job_id / "file.json"
            self.jobs[job_id] = (
                job_files.job_from_bytes(
                    json.dumps(job_files.job_to_json(job)).encode(), path
                ),
                job_files.dispatch_from_bytes(
                    json.dumps(job_files.dispatch_to_json(dispatch)).encode(), path
                ),
                status
                and job_files.status_from_bytes(
                    json.dumps(job_files.status_to_json(status)).encode(), path
                ),
            )
        assert decide(self.state()) == before

    def teardown(self):
        """In the end everybody gets a turn."""
        self.foreign, self.uuids = set(), self.uuids and (*self.uuids, "GPU-9")
        if self.uuids == ():
            self.uuids = ("GPU-9",)
        for job_id, (_, dispatch, status) in list(self.jobs.items()):
            if dispatch.state is State.HELD:
                self.put(job_id, replace(dispatch, state=State.QUEUED), status)
        for _ in range(len(self.jobs) + 1):
            self.tick()
            for job_id, (_, dispatch, _) in list(self.jobs.items()):
                if self.view(job_id).is_active:
                    self.put(job_id, dispatch, Status(State.ENDED, reason=Reason.DONE))
        assert {view.state for view in self.views()} <= {State.ENDED}

    @invariant()
    def no_gpu_is_given_twice(self):
        given = [u for v in self.views() if v.state in ACTIVE for u in v.gpus]
        assert len(given) == len(set(given))
        assert set(given) <= set(self.uuids or ())

    @invariant()
    def the_slots_suffice(self):
        assert sum(v.state in ACTIVE and not v.gpus for v in self.views()) <= 2

    @invariant()
    def every_attempt_starts_and_ends_once(self):
        assert set(self.starts.values()) <= {1}
        assert set(self.ends.values()) <= {1}


TestHistories = Histories.TestCase
TestHistories.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None
)
